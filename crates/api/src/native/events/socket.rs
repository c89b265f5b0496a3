//! `/v1/ws`: the feed over a WebSocket.

use std::time::Duration;

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket, close_code},
    },
    response::Response,
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    feed::{Farewell, Feed, Item},
    query::Wanted,
};
use crate::{
    http::{
        Api, Failure, QueryOf, SignedSocket,
        socket::{self, LONGEST_MESSAGE},
    },
    native::problem::Problem,
};

/// A client that answers no ping for so long is gone.
const SILENT_FOR: Duration = Duration::from_secs(60);

/// The event log over a WebSocket: one JSON text message for each event, as in the list. `?token=` may carry the
/// credential. The last message before the socket closes is `{"type": "closed", "code", "detail"}`.
#[utoipa::path(get, operation_id = "open_socket", path = "/v1/ws", tag = "events", params(Wanted,
        ("token" = Option<String>, Query, description = "The credential, where no header can be set")), responses(
    (status = 101, description = "The events follow"),
    (status = 404, description = "There is no such session", body = Problem),
    (status = 410, description = "`cursor_expired`", body = Problem),
    (status = 426, description = "Not a WebSocket handshake", body = Problem),
))]
pub(super) async fn connect(
    State(api): State<Api>,
    signed: SignedSocket,
    QueryOf(wanted): QueryOf<Wanted>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let feed = Feed::open(&api, signed, wanted.query()?, wanted.after()?).await?;
    let upgrade = upgrade.map_err(|_| Failure::NoUpgrade)?.max_message_size(LONGEST_MESSAGE);
    Ok(upgrade.on_upgrade(|socket| Conversation { socket, feed, heard: Instant::now() }.hold()))
}

struct Conversation {
    socket: WebSocket,
    feed: Feed,
    heard: Instant,
}

/// The conversation is over.
struct Over;

impl Conversation {
    async fn hold(mut self) {
        while self.step().await.is_ok() {}
    }

    async fn step(&mut self) -> Result<(), Over> {
        tokio::select! {
            item = self.feed.next() => self.tell(item.ok_or(Over)?).await,
            message = self.socket.recv() => self.hear(message).await,
        }
    }

    async fn tell(&mut self, item: Item) -> Result<(), Over> {
        match item {
            Item::Event(event) => self.write(text(&event)).await,
            Item::Quiet { .. } if self.heard.elapsed() > SILENT_FOR => {
                self.close(&Farewell::new("silent", "no ping was answered")).await
            }
            Item::Quiet { .. } => self.write(Message::Ping(Vec::new().into())).await,
            Item::Closed(farewell) => self.close(&farewell).await,
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Over> {
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Text(said))) => self.write(text(&reply(&said))).await,
            Some(Ok(Message::Binary(_))) => self.write(text(&misunderstood())).await,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Over),
        }
    }

    async fn close(&mut self, farewell: &Farewell) -> Result<(), Over> {
        self.write(text(farewell)).await?;
        socket::close(&mut self.socket, close_code::AGAIN, farewell.code).await;
        Err(Over)
    }

    /// A reader that takes nothing is dropped; what it missed stays in the log.
    async fn write(&mut self, message: Message) -> Result<(), Over> {
        socket::write(&mut self.socket, message).await.map_err(|_| Over)
    }
}

fn reply(said: &str) -> Value {
    match serde_json::from_str::<Value>(said).ok().as_ref().and_then(|value| value["type"].as_str()) {
        Some("ping") => json!({ "type": "pong" }),
        _ => misunderstood(),
    }
}

fn misunderstood() -> Value {
    json!({ "type": "error", "code": "invalid", "detail": "only {\"type\": \"ping\"} is understood here" })
}

fn text(value: &impl Serialize) -> Message {
    Message::Text(serde_json::to_string(value).unwrap_or_default().into())
}
