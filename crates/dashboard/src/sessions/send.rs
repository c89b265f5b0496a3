//! A test message. Where the documented flow asks for the session's key, the key decides.

use std::time::Duration;

use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use switchboard_api::http::{Failure, SessionPath};
use switchboard_core::{Caller, MessageView, SendMessage};
use switchboard_model::{AddressError, Content, MessageStatus, SessionId};

use crate::{form::FormOf, text::fill, toast, visitor::Visitor};

const ANSWER_WAIT: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
pub(super) struct NewMessage {
    number: String,
    message: String,
    api_key: Option<SecretString>,
}

pub(super) async fn submit(
    visitor: Visitor,
    SessionPath(id): SessionPath,
    FormOf(new): FormOf<NewMessage>,
) -> Result<Response, Failure> {
    let caller = sender(&visitor, &id, new.api_key).await?;
    let to = new.number.parse().map_err(|e: AddressError| Failure::invalid("phone number", e.to_string()))?;
    let content = Content::Text { text: new.message };
    let order = SendMessage {
        to,
        content,
        context: switchboard_model::Context::default(),
        idempotency_key: None,
        only_when_connected: true,
    };
    let (accepted, fate) = visitor.core().send_and_wait(&caller, &id, order, ANSWER_WAIT).await?;
    let number = accepted.chat.to_string();
    let number = number.split('@').next().unwrap_or_default();
    toast::say(&outcome(&visitor, number, &fate))
}

async fn sender(visitor: &Visitor, id: &SessionId, key: Option<SecretString>) -> Result<Caller, Failure> {
    if !visitor.sends_with_key() {
        return Ok(visitor.caller.clone());
    }
    let key = key.unwrap_or_default();
    match visitor.core().authenticate(key.expose_secret(), visitor.from).await {
        Ok(caller) if caller.only_session() == Some(id) => Ok(caller),
        _ => Err(wrong_key(visitor, id).await?),
    }
}

/// Where none is set, none can be right.
async fn wrong_key(visitor: &Visitor, id: &SessionId) -> Result<Failure, Failure> {
    let set = visitor.core().session_key(&visitor.caller, id).await?.is_some();
    let reason = if set { "is not the key of this session" } else { "is not set for this session: set one first" };
    Ok(Failure::invalid("API key", reason))
}

fn outcome(visitor: &Visitor, number: &str, fate: &MessageView) -> String {
    match fate.status {
        MessageStatus::Failed => fill(visitor.t.send_failed, &[fate.reason.as_deref().unwrap_or_default()]),
        status if status < MessageStatus::Sent => visitor.t.send_queued.to_owned(),
        _ => fill(visitor.t.send_done, &[number]),
    }
}
