//! Sending with the session's own key.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use switchboard_core::{Caller, Error, SendMessage};
use switchboard_model::{AddressError, Content, Context, Jid, MessageStatus, SessionId};
use utoipa::ToSchema;

use super::WaApiError;
use crate::dialects::fields::in_own_words;
use crate::http::{ANSWER_WAIT, Api, Failure, IdempotencyKey, JsonBody, Signed};

#[derive(Deserialize, ToSchema)]
pub(super) struct NewMessage {
    #[serde(rename = "deviceId")]
    #[schema(example = "device-001")]
    device_id: String,
    #[schema(example = "1234567890")]
    number: String,
    #[schema(example = "Hello from WhatsApp API!")]
    message: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SentMessage {
    success: bool,
    /// `sent`, or `queued` while the network has not answered yet.
    #[schema(example = "sent")]
    status: &'static str,
    #[schema(value_type = String, example = "1234567890@s.whatsapp.net")]
    to: Jid,
    #[schema(example = "Hello from WhatsApp API!")]
    message: String,
}

/// Send a text with the session's own API key.
#[utoipa::path(post, operation_id = "send_message", path = "/api/messages/send", tag = "wa_api", request_body = NewMessage,
    security(("bearer" = [])), responses(
    (status = 200, body = SentMessage),
    (status = 400, description = "What is sent does not fit, or the session is not connected", body = WaApiError),
    (status = 404, description = "An administrator asked for a device that is not there", body = WaApiError),
))]
pub(super) async fn send(
    State(api): State<Api>,
    Signed(caller): Signed,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<NewMessage>,
) -> Result<Json<SentMessage>, Failure> {
    let id: SessionId = body.device_id.parse().map_err(|e| Failure::invalid("deviceId", format!("{e}")))?;
    opens(&api, &caller, &id).await?;
    let order = order(body, key)?;
    let text = order.content.text().unwrap_or_default().to_owned();
    let sent = api.core.send_and_wait(&caller, &id, order, ANSWER_WAIT).await;
    let (accepted, fate) = sent.map_err(|error| in_own_words(error, "number"))?;
    match fate.status {
        MessageStatus::Failed => Err(Error::Engine(fate.reason.unwrap_or_default()).into()),
        status => Ok(Json(SentMessage { success: true, status: said(status), to: accepted.chat, message: text })),
    }
}

/// A key that is good for another device is a wrong key here, and so is one for no device of its owner.
async fn opens(api: &Api, caller: &Caller, id: &SessionId) -> Result<(), Failure> {
    let wrong = || Failure::unauthenticated(format!("this API key is not that of device {id}"));
    if caller.only_session().is_some_and(|only| only != id) {
        return Err(wrong());
    }
    match api.core.must_own_session(caller, id).await {
        // Administrators hear from the sending itself what is not there.
        Err(Error::NotFound { .. } | Error::Forbidden(_)) if caller.is_admin() => Ok(()),
        Err(Error::NotFound { .. } | Error::Forbidden(_)) => Err(wrong()),
        outcome => Ok(outcome?),
    }
}

fn order(body: NewMessage, idempotency_key: Option<String>) -> Result<SendMessage, Failure> {
    let to: Jid = body.number.parse().map_err(|e: AddressError| Failure::invalid("number", e.to_string()))?;
    if body.message.trim().is_empty() {
        return Err(Failure::invalid("message", "must not be empty"));
    }
    let content = Content::Text { text: body.message };
    Ok(SendMessage { to, content, context: Context::default(), idempotency_key, only_when_connected: true })
}

/// A receipt that is faster than the answer says more than the document knows of.
fn said(status: MessageStatus) -> &'static str {
    if status < MessageStatus::Sent { "queued" } else { "sent" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_the_network_has_not_taken_is_queued() {
        for status in [MessageStatus::Queued, MessageStatus::Sending] {
            assert_eq!(said(status), "queued");
        }
        for status in [MessageStatus::Sent, MessageStatus::Delivered, MessageStatus::Read] {
            assert_eq!(said(status), "sent");
        }
    }
}
