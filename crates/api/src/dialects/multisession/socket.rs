//! `/api/ws/{id}`: shows the QR codes of one session until it is connected.

use std::time::Duration;

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket, close_code, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use serde_json::{Value, json};
use switchboard_core::{Admitted, Error, EventQuery, Follower};
use switchboard_model::{EventBody, SessionId, SessionState};

use super::MultisessionError;
use crate::http::{
    Api, Failure, SessionPath, SignedSocket,
    socket::{self, LONGEST_MESSAGE, Pulse},
};

const DELETED: &str = "the session was deleted";

/// Watch a session being linked, over a WebSocket. Messages are JSON: `{"type": "qr", "data": {"qr": ...}}` with the
/// raw code for each new one, `{"type": "success"}` before the socket closes, `{"type": "error", "data": {"error": ...}}`.
#[utoipa::path(get, operation_id = "watch_session", path = "/api/ws/{id}", tag = "multisession",
    params(("id" = String, Path), ("token" = Option<String>, Query, description = "The login token, where no header can be set")),
    responses(
    (status = 101, description = "The messages follow"),
    (status = 426, description = "Not a WebSocket handshake", body = MultisessionError),
))]
pub(super) async fn connect(
    State(api): State<Api>,
    signed: SignedSocket,
    SessionPath(id): SessionPath,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let reader = signed.reader;
    api.core.session(&reader.caller, &id).await?;
    let upgrade = upgrade.map_err(|_| Failure::NoUpgrade)?.max_message_size(LONGEST_MESSAGE);
    Ok(upgrade.on_upgrade(async move |socket| {
        let pulse = Pulse::every(api.heartbeat);
        let mut screen = Screen { api, reader, id, socket, pulse, shown: None };
        // Ends one way or another; the client has been told why, or is gone.
        let _ = screen.run().await;
    }))
}

struct Screen {
    api: Api,
    reader: Admitted,
    id: SessionId,
    socket: WebSocket,
    pulse: Pulse,
    /// The code shown last, so that none is shown twice.
    shown: Option<String>,
}

/// The conversation is over.
struct Over;

impl Screen {
    async fn run(&mut self) -> Result<(), Over> {
        // Before the look at how things are, or a change in between is missed.
        let mut feed = self.follow().await?;
        self.show_present().await?;
        loop {
            tokio::select! {
                page = feed.next() => match page {
                    Ok(page) => for event in page.events {
                        self.show(event.body).await?;
                    },
                    Err(error) => return self.give_up(error).await,
                },
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Over),
                    Some(Ok(_)) => self.pulse.heard(),
                },
                there = self.pulse.beat() => if there {
                    socket::write(&mut self.socket, socket::ping()).await.map_err(|_| Over)?;
                } else {
                    return self.close().await;
                },
                () = self.api.stop.cancelled() => return self.close().await,
            }
        }
    }

    async fn follow(&mut self) -> Result<Follower, Over> {
        let query = EventQuery { session: Some(self.id.clone()), ..EventQuery::default() };
        match self.api.core.newest_event().await {
            Ok(newest) => Ok(self.api.core.follow(self.reader.clone(), query, newest)),
            Err(error) => self.give_up(error).await.and(Err(Over)),
        }
    }

    /// The code that waits already, or that there is nothing to wait for.
    async fn show_present(&mut self) -> Result<(), Over> {
        match self.api.core.session(&self.reader.caller, &self.id).await {
            Ok(view) if view.session.state.is_connected() => return self.succeed().await,
            Ok(_) => {}
            Err(error) => return self.give_up(error).await,
        }
        match self.api.core.qr_code(&self.reader.caller, &self.id, Duration::ZERO).await {
            Ok(Some(code)) => self.show_code(code.code).await,
            // Who may only look on is told when it is done.
            Ok(None) | Err(Error::Forbidden(_)) => Ok(()),
            Err(error) => self.give_up(error).await,
        }
    }

    async fn show(&mut self, body: EventBody) -> Result<(), Over> {
        match body {
            EventBody::SessionQr { code, .. } => self.show_code(code).await,
            EventBody::SessionStateChanged(state) => self.show_state(state).await,
            EventBody::SessionDeleted {} => self.fail(DELETED).await,
            _ => Ok(()),
        }
    }

    async fn show_code(&mut self, code: String) -> Result<(), Over> {
        if self.shown.as_ref() == Some(&code) {
            return Ok(());
        }
        let message = json!({ "type": "qr", "data": { "qr": &code, "session_id": self.id } });
        self.shown = Some(code);
        self.write(&message).await
    }

    /// A try that failed and will be repeated is no news here.
    async fn show_state(&mut self, state: SessionState) -> Result<(), Over> {
        match state {
            SessionState::Connected { .. } | SessionState::Held { .. } => self.succeed().await,
            SessionState::Disconnected { reason, retry_at: None }
            | SessionState::LoggedOut { reason }
            | SessionState::Disabled { reason } => self.write(&error(&reason)).await,
            _ => Ok(()),
        }
    }

    async fn succeed(&mut self) -> Result<(), Over> {
        self.write(&json!({ "type": "success", "data": { "session_id": self.id } })).await?;
        self.close().await
    }

    /// The session was there when the socket opened: one that cannot be found any more, at whichever step, was deleted
    /// meanwhile.
    async fn give_up(&mut self, error: Error) -> Result<(), Over> {
        match error {
            Error::NotFound { .. } => self.fail(DELETED).await,
            error => self.fail(&error.to_string()).await,
        }
    }

    async fn fail(&mut self, reason: &str) -> Result<(), Over> {
        self.write(&error(reason)).await?;
        self.close().await
    }

    async fn close(&mut self) -> Result<(), Over> {
        socket::close(&mut self.socket, close_code::NORMAL, "").await;
        Err(Over)
    }

    async fn write(&mut self, message: &Value) -> Result<(), Over> {
        socket::write(&mut self.socket, Message::Text(message.to_string().into())).await.map_err(|_| Over)
    }
}

fn error(reason: &str) -> Value {
    json!({ "type": "error", "data": { "error": reason } })
}
