//! `POST /send-message`.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_core::{Error, SendMessage};
use switchboard_model::{AddressError, Content, Context, Jid, MessageStatus};

use super::sessions::session_id;
use crate::http::{ANSWER_WAIT, Api, Failure, IdempotencyKey, JsonBody, Signed};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewMessage {
    session_id: String,
    phone_number: String,
    message: String,
}

pub(super) async fn send(
    State(api): State<Api>,
    Signed(caller): Signed,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<NewMessage>,
) -> Result<Json<Value>, Failure> {
    let id = session_id(&body.session_id)?;
    let to: Jid =
        body.phone_number.parse().map_err(|e: AddressError| Failure::invalid("phoneNumber", e.to_string()))?;
    if body.message.trim().is_empty() {
        return Err(Failure::invalid("message", "must not be empty"));
    }
    let content = Content::Text { text: body.message };
    let order =
        SendMessage { to, content, context: Context::default(), idempotency_key: key, only_when_connected: true };
    let (accepted, fate) = api.core.send_and_wait(&caller, &id, order, ANSWER_WAIT).await?;
    let said = match fate.status {
        MessageStatus::Failed => return Err(Error::Engine(fate.reason.unwrap_or_default()).into()),
        status if status < MessageStatus::Sent => "Message queued: the network has not answered yet",
        _ => "Message sent successfully",
    };
    Ok(Json(json!({ "success": true, "messageId": accepted.id, "message": said })))
}
