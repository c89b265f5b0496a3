//! `POST /send-message`.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use switchboard_core::{Error, SendMessage};
use switchboard_model::{AddressError, Content, Context, Jid, MessageId, MessageStatus};
use utoipa::ToSchema;

use super::{MicroserviceError, sessions::session_id};
use crate::dialects::fields::in_own_words;
use crate::http::{ANSWER_WAIT, Api, Failure, IdempotencyKey, JsonBody, Signed};

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewMessage {
    #[schema(example = "business")]
    session_id: String,
    #[schema(example = "+1234567890")]
    phone_number: String,
    #[schema(example = "Hello from Rarity Leads!")]
    message: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SentMessage {
    success: bool,
    #[schema(value_type = String, example = "3EB0BEDDE45EF384377BD7")]
    message_id: MessageId,
    /// Says so where the network has not answered yet.
    #[schema(example = "Message sent successfully")]
    message: &'static str,
}

/// Send a text.
#[utoipa::path(post, operation_id = "send_message", path = "/send-message", tag = "microservice", request_body = NewMessage, responses(
    (status = 200, body = SentMessage),
    (status = 404, description = "There is no such session", body = MicroserviceError),
    (status = 409, description = "The session is not connected", body = MicroserviceError),
))]
pub(super) async fn send(
    State(api): State<Api>,
    Signed(caller): Signed,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<NewMessage>,
) -> Result<Json<SentMessage>, Failure> {
    let id = session_id(&body.session_id)?;
    let to: Jid =
        body.phone_number.parse().map_err(|e: AddressError| Failure::invalid("phoneNumber", e.to_string()))?;
    if body.message.trim().is_empty() {
        return Err(Failure::invalid("message", "must not be empty"));
    }
    let content = Content::Text { text: body.message };
    let order =
        SendMessage { to, content, context: Context::default(), idempotency_key: key, only_when_connected: true };
    let sent = api.core.send_and_wait(&caller, &id, order, ANSWER_WAIT).await;
    let (accepted, fate) = sent.map_err(|error| in_own_words(error, "phoneNumber"))?;
    let message = match fate.status {
        MessageStatus::Failed => return Err(Error::Engine(fate.reason.unwrap_or_default()).into()),
        status if status < MessageStatus::Sent => "Message queued: the network has not answered yet",
        _ => "Message sent successfully",
    };
    Ok(Json(SentMessage { success: true, message_id: accepted.id, message }))
}
