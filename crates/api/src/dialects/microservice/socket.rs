//! The WebSocket: a client subscribes to sessions and is told what happens to them.
//!
//! Events come from the log by position, so a client that reads slowly holds nothing up and nothing in memory; one
//! that does not read at all is dropped with a reason.

use std::{collections::HashMap, time::Duration};

use axum::{
    Extension,
    extract::{
        FromRequestParts, State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code, rejection::WebSocketUpgradeRejection},
    },
    http::request::Parts,
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_core::{Caller, Error, EventPage, EventQuery, Follower, SessionQuery};
use switchboard_model::{Session, SessionId, SessionState};
use tokio::time::timeout;

use super::{Clients, events};
use crate::http::{Api, Failure, SignedSocket, from_headers};

const LONGEST_MESSAGE: usize = 16 * 1024;
const WRITE_WITHIN: Duration = Duration::from_secs(15);
const EVERY_SESSION: &str = "*";
/// Anything may be named ahead, so there has to be an end to it.
const MOST_NAMES: usize = 10_000;
/// A session is said to wait a moment before its code is at hand.
const AT_HAND: Duration = Duration::from_secs(1);
const HOW_TO_SIGN_IN: &str = "a credential is needed: connect with ?token=TOKEN or an Authorization header, or send \
    it as `token` in the data of subscribe";

/// A credential, if the handshake carried one; a wrong one is refused at once.
pub(super) struct Visitor(Option<Caller>);

impl FromRequestParts<Api> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let carries = from_headers(&parts.headers)?.is_some() || crate::http::parameter(parts, "token").is_some();
        if !carries {
            return Ok(Self(None));
        }
        SignedSocket::from_request_parts(parts, api).await.map(|signed| Self(Some(signed.reader.caller)))
    }
}

pub(super) async fn connect(
    State(api): State<Api>,
    Visitor(caller): Visitor,
    Extension(clients): Extension<Clients>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let upgrade = upgrade.map_err(|_| Failure::NoUpgrade)?.max_message_size(LONGEST_MESSAGE);
    Ok(upgrade.on_upgrade(async move |socket| {
        let _counted = clients.enter();
        Conversation { api, socket, caller, feed: None, sessions: HashMap::new(), all: false }.hold().await;
    }))
}

#[derive(Deserialize)]
struct Said {
    event: String,
    #[serde(default)]
    data: Wish,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wish {
    session_id: Option<String>,
    token: Option<String>,
}

struct Conversation {
    api: Api,
    socket: WebSocket,
    caller: Option<Caller>,
    feed: Option<Follower>,
    /// What is subscribed to, there or not yet, and the status each was last told.
    sessions: HashMap<SessionId, Option<&'static str>>,
    all: bool,
}

/// The conversation is over.
struct Over;

impl Conversation {
    async fn hold(mut self) {
        while self.step().await.is_ok() {}
    }

    async fn step(&mut self) -> Result<(), Over> {
        tokio::select! {
            page = next(self.feed.as_mut()) => self.tell(page).await,
            message = self.socket.recv() => match message {
                Some(Ok(Message::Text(text))) => self.hear(&text).await,
                Some(Ok(Message::Binary(_))) => self.complain("messages are JSON text").await,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Over),
            },
            () = self.api.stop.cancelled() => self.close("the gateway is stopping").await,
        }
    }

    async fn hear(&mut self, text: &str) -> Result<(), Over> {
        let Ok(said) = serde_json::from_str::<Said>(text) else {
            return self
                .complain("messages are JSON: {\"event\": \"subscribe\", \"data\": {\"sessionId\": \"...\"}}")
                .await;
        };
        if let Some(token) = said.data.token.clone() {
            match self.api.caller(&token.into(), None).await {
                Ok(caller) => self.caller = Some(caller),
                Err(failure) => return self.complain(&failure.message()).await,
            }
        }
        let Some(caller) = self.caller.clone() else { return self.complain(HOW_TO_SIGN_IN).await };
        match said.event.as_str() {
            "subscribe" => self.subscribe(&caller, said.data.session_id.as_deref()).await,
            "unsubscribe" => self.unsubscribe(said.data.session_id.as_deref()).await,
            "ping" => self.write(&json!({ "event": "pong", "data": {} })).await,
            _ => self.complain("the events known here are subscribe, unsubscribe and ping").await,
        }
    }

    async fn subscribe(&mut self, caller: &Caller, session: Option<&str>) -> Result<(), Over> {
        let Some(session) = session else { return self.complain("`sessionId` is missing").await };
        if self.feed.is_none() {
            match self.api.core.newest_event().await {
                Ok(newest) => self.feed = Some(self.api.core.follow(caller.clone(), EventQuery::default(), newest)),
                Err(error) => return self.complain(&error.to_string()).await,
            }
        }
        if session == EVERY_SESSION {
            self.all = true;
            self.confirm(session).await?;
            return self.show_all_waiting(caller).await;
        }
        match session.parse::<SessionId>() {
            Ok(id) => self.subscribe_to(caller, id).await,
            Err(error) => self.complain(&format!("sessionId: {error}")).await,
        }
    }

    /// A name that nothing is behind yet is remembered: clients choose their ids, and subscribe before they connect.
    /// That of a session which this caller may not see is taken in the same way, and nothing of it is told.
    async fn subscribe_to(&mut self, caller: &Caller, id: SessionId) -> Result<(), Over> {
        let session = match self.api.core.session(caller, &id).await {
            Ok(view) => Some(view.session),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return self.complain(&error.to_string()).await,
        };
        if session.is_none() && self.sessions.len() >= MOST_NAMES {
            return self.complain("too many sessions are subscribed to: `*` subscribes to all").await;
        }
        self.confirm(id.as_str()).await?;
        self.sessions.insert(id, None);
        match session {
            Some(session) => self.show_waiting(caller, &session).await,
            None => Ok(()),
        }
    }

    async fn confirm(&mut self, session: &str) -> Result<(), Over> {
        self.write(&json!({ "event": "subscribed", "data": { "sessionId": session } })).await
    }

    /// What cannot be listed is told by its events, as they come.
    async fn show_all_waiting(&mut self, caller: &Caller) -> Result<(), Over> {
        let mut query = SessionQuery::default();
        loop {
            let Ok(page) = self.api.core.sessions(caller, query.clone()).await else { return Ok(()) };
            for session in &page.sessions {
                self.show_waiting(caller, session).await?;
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// The code that waits to be scanned or typed, to those who may connect the session.
    async fn show_waiting(&mut self, caller: &Caller, session: &Session) -> Result<(), Over> {
        match waiting(&self.api, caller, session).await {
            Ok(Some(shown)) => self.write(&shown).await,
            // Who may only look on is told when it is done.
            Ok(None) | Err(Error::Forbidden(_) | Error::NotFound { .. }) => Ok(()),
            Err(error) => self.complain(&error.to_string()).await,
        }
    }

    async fn unsubscribe(&mut self, session: Option<&str>) -> Result<(), Over> {
        match session {
            Some(EVERY_SESSION) => (self.all, self.sessions) = (false, HashMap::new()),
            Some(id) => self.sessions.retain(|known, _| known.as_str() != id),
            None => return self.complain("`sessionId` is missing").await,
        }
        self.write(&json!({ "event": "unsubscribed", "data": { "sessionId": session } })).await
    }

    async fn tell(&mut self, page: Result<EventPage, Error>) -> Result<(), Over> {
        let Ok(page) = page else { return self.close("the event log cannot be read: connect again").await };
        for event in page.events {
            if !self.all && !self.sessions.contains_key(&event.session) {
                continue;
            }
            let was = self.sessions.entry(event.session.clone()).or_default();
            if let Ok(Some(told)) = events::told(&event, was) {
                self.write(&told).await?;
            }
        }
        Ok(())
    }

    async fn complain(&mut self, error: &str) -> Result<(), Over> {
        self.write(&json!({ "event": "error", "data": { "error": error } })).await
    }

    async fn close(&mut self, reason: &'static str) -> Result<(), Over> {
        let frame = CloseFrame { code: close_code::AGAIN, reason: reason.into() };
        let _ = timeout(WRITE_WITHIN, self.socket.send(Message::Close(Some(frame)))).await;
        Err(Over)
    }

    async fn write(&mut self, value: &Value) -> Result<(), Over> {
        match timeout(WRITE_WITHIN, self.socket.send(Message::Text(value.to_string().into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Over),
            Err(_) => self.close("this client reads too slowly").await,
        }
    }
}

async fn waiting(api: &Api, caller: &Caller, session: &Session) -> Result<Option<Value>, Error> {
    let id = &session.id;
    match session.state {
        SessionState::WaitingQr { .. } => {
            let code = api.core.qr_code(caller, id, AT_HAND).await?;
            code.map(|code| events::qr_code(id, &code.code)).transpose()
        }
        SessionState::WaitingCode { .. } => {
            let code = api.core.link_code(caller, id, AT_HAND).await?;
            Ok(code.map(|code| events::pairing_code(id, &code.code)))
        }
        _ => Ok(None),
    }
}

/// Nothing comes before the first subscription.
async fn next(feed: Option<&mut Follower>) -> Result<EventPage, Error> {
    match feed {
        Some(feed) => feed.next().await,
        None => std::future::pending().await,
    }
}
