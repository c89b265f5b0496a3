//! The gateway's events in the document's words.

use serde_json::{Value, json};
use switchboard_core::Error;
use switchboard_model::{Event, EventBody, Jid, Message, SessionId, SessionState};

use super::words;
use crate::pairing_image::PairingImage;

/// What a subscriber is told of an event. `was` is the status it was told last, so that none is told twice.
pub(super) fn told(event: &Event, was: &mut Option<&'static str>) -> Result<Option<Value>, Error> {
    let session = &event.session;
    Ok(match &event.body {
        EventBody::SessionStateChanged(state) => changed(session, state, was),
        EventBody::SessionQr { code, .. } => Some(qr_code(session, code)?),
        EventBody::SessionPairingCode { code, .. } => Some(pairing_code(session, code)),
        EventBody::SessionDeleted {} => changed(session, &SessionState::Created, was),
        EventBody::MessageReceived(message) => Some(incoming(session, message)),
        EventBody::MessageSent(message) => Some(sent(session, message)),
        EventBody::MessageStatusChanged { id, status, .. } => Some(json!({
            "event": "message_status",
            "data": { "sessionId": session, "messageId": id, "status": status },
        })),
        _ => None,
    })
}

pub(super) fn qr_code(session: &SessionId, code: &str) -> Result<Value, Error> {
    let image = PairingImage::of(code)?.data_url()?;
    let data = json!({ "sessionId": session, "qrCode": image, "status": "connecting" });
    Ok(json!({ "event": "qr_code", "data": data }))
}

pub(super) fn pairing_code(session: &SessionId, code: &str) -> Value {
    json!({ "event": "pairing_code", "data": { "sessionId": session, "code": code, "status": "connecting" } })
}

/// Connected and lost; what lies between them has no event of its own.
fn changed(session: &SessionId, state: &SessionState, was: &mut Option<&'static str>) -> Option<Value> {
    let status = words::status(state);
    if was.replace(status) == Some(status) {
        return None;
    }
    let event = match status {
        "connected" => "connection_success",
        "disconnected" => "connection_lost",
        _ => return None,
    };
    Some(json!({ "event": event, "data": { "sessionId": session, "status": status } }))
}

fn incoming(session: &SessionId, message: &Message) -> Value {
    let mut data = body(session, message);
    data["from"] = json!(message.chat.jid);
    data["type"] = json!(message.content.kind());
    // Here the chat says nothing of who wrote.
    if matches!(message.chat.jid, Jid::Group(_) | Jid::Status) {
        data["participant"] = json!(message.sender.jid);
    }
    json!({ "event": "incoming_message", "data": data })
}

fn sent(session: &SessionId, message: &Message) -> Value {
    let mut data = body(session, message);
    data["to"] = json!(message.chat.jid);
    json!({ "event": "message_sent", "data": data })
}

fn body(session: &SessionId, message: &Message) -> Value {
    json!({
        "sessionId": session,
        "messageId": message.id,
        "content": message.content.text().unwrap_or_default(),
        "timestamp": message.timestamp,
    })
}
