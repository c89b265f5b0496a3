//! Sending, from a named session or from the session of a phone number.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use switchboard_core::{Caller, Error, SendMessage, SessionQuery};
use switchboard_model::{AddressError, Content, Context, Jid, MessageId, MessageStatus, Phone, SessionId};
use utoipa::ToSchema;

use super::{MultisessionError, numbers, sessions::every};
use crate::dialects::fields::in_own_words;
use crate::http::{ANSWER_WAIT, Api, Failure, IdempotencyKey, JsonBody, SessionPath, Signed};

#[derive(Deserialize, ToSchema)]
pub(super) struct NewMessage {
    /// A phone number, or the JID of a group.
    #[schema(example = "6281381393739")]
    recipient: String,
    #[schema(example = "Hello from specific session!")]
    message: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewMessageFrom {
    /// The number of one of your sessions.
    #[schema(example = "6282260790996")]
    phone: String,
    /// A phone number, or the JID of a group.
    #[schema(example = "6281381393739")]
    recipient: String,
    #[schema(example = "Hello from selected phone!")]
    message: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SentMessage {
    success: bool,
    #[schema(value_type = String, example = "3EB0BEDDE45EF384377BD7")]
    message_id: MessageId,
    /// Seconds since 1970.
    #[schema(example = 1_643_723_400)]
    timestamp: i64,
    /// `sent`, or `queued` while the network has not answered yet.
    #[schema(example = "sent")]
    status: &'static str,
}

/// Send a text from a session.
#[utoipa::path(post, operation_id = "send_from_session", path = "/api/sessions/{id}/send", tag = "multisession",
    params(("id" = String, Path)), request_body = NewMessage, responses(
    (status = 200, body = SentMessage),
    (status = 404, description = "There is no such session, or it is not connected", body = MultisessionError),
))]
pub(super) async fn send_from_session(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<NewMessage>,
) -> Result<Json<SentMessage>, Failure> {
    send(&api, &caller, &id, order(&body.recipient, body.message, key)?).await
}

/// Send a text from your session of a number.
#[utoipa::path(post, operation_id = "send_from_phone", path = "/api/send", tag = "multisession",
    request_body = NewMessageFrom, responses(
    (status = 200, body = SentMessage),
    (status = 404, description = "None of your sessions has this number and is connected", body = MultisessionError),
))]
pub(super) async fn send_from_phone(
    State(api): State<Api>,
    Signed(caller): Signed,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<NewMessageFrom>,
) -> Result<Json<SentMessage>, Failure> {
    let phone = numbers::phone(&body.phone, "phone")?;
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
async fn send(api: &Api, caller: &Caller, id: &SessionId, order: SendMessage) -> Result<Json<SentMessage>, Failure> {
    let sent = api.core.send_and_wait(caller, id, order, ANSWER_WAIT).await;
    let (accepted, fate) = sent.map_err(|error| in_own_words(error, "recipient"))?;
    if fate.status == MessageStatus::Failed {
        return Err(Error::Engine(fate.reason.unwrap_or_default()).into());
    }
    let status = if fate.status < MessageStatus::Sent { "queued" } else { "sent" };
    Ok(Json(SentMessage { success: true, message_id: accepted.id, timestamp: accepted.at.secs(), status }))
}
