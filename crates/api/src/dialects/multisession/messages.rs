//! Sending, from a named session or from the session of a phone number.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_core::{Caller, Error, SendMessage, SessionQuery};
use switchboard_model::{AddressError, Content, Context, Jid, MessageStatus, Phone, SessionId};

use super::sessions::every;
use crate::http::{ANSWER_WAIT, Api, Failure, IdempotencyKey, JsonBody, SessionPath, Signed};

#[derive(Deserialize)]
pub(super) struct NewMessage {
    recipient: String,
    message: String,
}

#[derive(Deserialize)]
pub(super) struct NewMessageFrom {
    phone: String,
    recipient: String,
    message: String,
}

pub(super) async fn send_from_session(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<NewMessage>,
) -> Result<Json<Value>, Failure> {
    send(&api, &caller, &id, order(&body.recipient, body.message, key)?).await
}

pub(super) async fn send_from_phone(
    State(api): State<Api>,
    Signed(caller): Signed,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<NewMessageFrom>,
) -> Result<Json<Value>, Failure> {
    let phone: Phone = body.phone.parse().map_err(|e: AddressError| Failure::invalid("phone", e.to_string()))?;
    let order = order(&body.recipient, body.message, key)?;
    let id = session_of(&api, &caller, &phone).await?;
    send(&api, &caller, &id, order).await
}

/// The caller's own session of a number; of several the one that is connected.
async fn session_of(api: &Api, caller: &Caller, phone: &Phone) -> Result<SessionId, Failure> {
    let query = SessionQuery { phone: Some(phone.clone()), ..SessionQuery::default() };
    let sessions = every(api, caller, query).await?.into_iter();
    let own = sessions.filter(|session| session.owner == caller.owner() && session.phone.as_ref() == Some(phone));
    let best = own.max_by_key(|session| (session.state.is_connected(), session.linked));
    best.map(|session| session.id)
        .ok_or_else(|| Error::not_found("session", format!("of yours with the phone {phone}")).into())
}

fn order(recipient: &str, message: String, idempotency_key: Option<String>) -> Result<SendMessage, Failure> {
    let to: Jid = recipient.parse().map_err(|e: AddressError| Failure::invalid("recipient", e.to_string()))?;
    if message.trim().is_empty() {
        return Err(Failure::invalid("message", "must not be empty"));
    }
    Ok(SendMessage {
        to,
        content: Content::Text { text: message },
        context: Context::default(),
        idempotency_key,
        only_when_connected: true,
    })
}

/// A message that the network has not answered for in time is sent all the same, and said to be queued.
async fn send(api: &Api, caller: &Caller, id: &SessionId, order: SendMessage) -> Result<Json<Value>, Failure> {
    let (accepted, fate) = api.core.send_and_wait(caller, id, order, ANSWER_WAIT).await?;
    if fate.status == MessageStatus::Failed {
        return Err(Error::Engine(fate.reason.unwrap_or_default()).into());
    }
    let status = if fate.status < MessageStatus::Sent { "queued" } else { "sent" };
    Ok(Json(json!({
        "success": true,
        "message_id": accepted.id,
        "timestamp": accepted.at.secs(),
        "status": status,
    })))
}
