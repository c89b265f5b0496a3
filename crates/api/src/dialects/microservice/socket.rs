//! The WebSocket: a client subscribes to sessions and is told what happens to them.
//!
//! Events come from the log by position, so a client that reads slowly holds nothing up and nothing in memory; one
//! that does not read at all is dropped with a reason.

mod waiting;

use std::{collections::HashMap, net::IpAddr};

use axum::{
    Extension,
    extract::{
        FromRequestParts, State, WebSocketUpgrade,
        ws::{Message, WebSocket, close_code, rejection::WebSocketUpgradeRejection},
    },
    http::request::Parts,
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_core::{Admitted, Caller, Error, EventPage, EventQuery, Follower};
use switchboard_model::SessionId;
use tokio::time::{Instant, sleep_until};

use super::{Clients, events};
use crate::http::{
    Api, Failure, Origin, SignedSocket, from_headers,
    socket::{self, LONGEST_MESSAGE, Pulse, Unwritten},
};

const EVERY_SESSION: &str = "*";
/// Anything may be named ahead, so there has to be an end to it.
const MOST_NAMES: usize = 10_000;
const HOW_TO_SIGN_IN: &str = "a credential is needed: connect with ?token=TOKEN or an Authorization header, or send \
    it as `token` in the data of subscribe";

/// A credential, if the handshake carried one; a wrong one is refused at once.
pub(super) struct Visitor(Option<Admitted>);

impl FromRequestParts<Api> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let carries = from_headers(&parts.headers)?.is_some() || crate::http::parameter(parts, "token").is_some();
        if !carries {
            return Ok(Self(None));
        }
        SignedSocket::from_request_parts(parts, api).await.map(|signed| Self(Some(signed.reader)))
    }
}

pub(super) async fn connect(
    State(api): State<Api>,
    Visitor(reader): Visitor,
    Origin(from): Origin,
    Extension(clients): Extension<Clients>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let upgrade = upgrade.map_err(|_| Failure::NoUpgrade)?.max_message_size(LONGEST_MESSAGE);
    Ok(upgrade.on_upgrade(async move |socket| {
        let _counted = clients.enter();
        Conversation::new(api, socket, from, reader).hold().await;
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
    from: Option<IpAddr>,
    reader: Option<Admitted>,
    /// Who has shown no credential by then must not keep the connection.
    sign_in_by: Instant,
    pulse: Pulse,
    feed: Option<Follower>,
    /// What is subscribed to, there or not yet, and the status each was last told.
    sessions: HashMap<SessionId, Option<&'static str>>,
    all: bool,
}

/// The conversation is over.
struct Over;

impl Conversation {
    fn new(api: Api, socket: WebSocket, from: Option<IpAddr>, reader: Option<Admitted>) -> Self {
        let (sign_in_by, pulse) = (Instant::now() + api.sign_in_within, Pulse::every(api.heartbeat));
        Self { api, socket, from, reader, sign_in_by, pulse, feed: None, sessions: HashMap::new(), all: false }
    }

    async fn hold(mut self) {
        while self.step().await.is_ok() {}
    }

    async fn step(&mut self) -> Result<(), Over> {
        tokio::select! {
            page = next(self.feed.as_mut()) => self.tell(page).await,
            message = self.socket.recv() => self.take(message).await,
            there = self.pulse.beat() => if there {
                self.send(socket::ping()).await
            } else {
                self.close("no ping was answered").await
            },
            () = sleep_until(self.sign_in_by), if self.reader.is_none() => self.close("no credential came in time").await,
            () = self.api.stop.cancelled() => self.close("the gateway is stopping").await,
        }
    }

    async fn take(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Over> {
        self.pulse.heard();
        match message {
            Some(Ok(Message::Text(text))) => self.hear(&text).await,
            Some(Ok(Message::Binary(_))) => self.complain("messages are JSON text").await,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Over),
        }
    }

    async fn hear(&mut self, text: &str) -> Result<(), Over> {
        let Ok(said) = serde_json::from_str::<Said>(text) else {
            return self
                .complain("messages are JSON: {\"event\": \"subscribe\", \"data\": {\"sessionId\": \"...\"}}")
                .await;
        };
        if let Some(token) = said.data.token.clone() {
            match self.api.admit(&token.into(), self.from).await {
                Ok(reader) => self.listen_as(reader),
                Err(failure) => return self.complain(&failure.message()).await,
            }
        }
        let Some(reader) = self.reader.clone() else { return self.complain(HOW_TO_SIGN_IN).await };
        match said.event.as_str() {
            "subscribe" => self.subscribe(&reader, said.data.session_id.as_deref()).await,
            "unsubscribe" => self.unsubscribe(said.data.session_id.as_deref()).await,
            "ping" => self.write(&json!({ "event": "pong", "data": {} })).await,
            _ => self.complain("the events known here are subscribe, unsubscribe and ping").await,
        }
    }

    /// Whoever gave the last token listens: from here on everything subscribed to is followed with those rights.
    fn listen_as(&mut self, reader: Admitted) {
        if let Some(feed) = &mut self.feed {
            *feed = self.api.core.follow(reader.clone(), EventQuery::default(), feed.position());
        }
        self.reader = Some(reader);
    }

    async fn subscribe(&mut self, reader: &Admitted, session: Option<&str>) -> Result<(), Over> {
        let Some(session) = session else { return self.complain("`sessionId` is missing").await };
        if self.feed.is_none() {
            match self.api.core.newest_event().await {
                Ok(newest) => self.feed = Some(self.api.core.follow(reader.clone(), EventQuery::default(), newest)),
                Err(error) => return self.complain(&error.to_string()).await,
            }
        }
        let caller = &reader.caller;
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

    async fn unsubscribe(&mut self, session: Option<&str>) -> Result<(), Over> {
        match session {
            Some(EVERY_SESSION) => (self.all, self.sessions) = (false, HashMap::new()),
            Some(id) => self.sessions.retain(|known, _| known.as_str() != id),
            None => return self.complain("`sessionId` is missing").await,
        }
        self.write(&json!({ "event": "unsubscribed", "data": { "sessionId": session } })).await
    }

    async fn tell(&mut self, page: Result<EventPage, Error>) -> Result<(), Over> {
        let page = match page {
            Ok(page) => page,
            Err(Error::Unauthenticated(reason) | Error::Forbidden(reason)) => return self.close(&reason).await,
            Err(_) => return self.close("the event log cannot be read: connect again").await,
        };
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

    async fn close(&mut self, reason: &str) -> Result<(), Over> {
        socket::close(&mut self.socket, close_code::AGAIN, reason).await;
        Err(Over)
    }

    async fn write(&mut self, value: &Value) -> Result<(), Over> {
        self.send(Message::Text(value.to_string().into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Over> {
        match socket::write(&mut self.socket, message).await {
            Ok(()) => Ok(()),
            Err(Unwritten::Gone) => Err(Over),
            Err(Unwritten::TooSlow) => self.close("this client reads too slowly").await,
        }
    }
}

/// Nothing comes before the first subscription.
async fn next(feed: Option<&mut Follower>) -> Result<EventPage, Error> {
    match feed {
        Some(feed) => feed.next().await,
        None => std::future::pending().await,
    }
}
