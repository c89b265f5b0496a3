//! Where a session's messages are delivered.

use axum::{Json, extract::State};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_core::{Caller, Error};
use switchboard_model::SessionId;

use crate::http::{Api, Failure, JsonBody, SessionPath, Signed};

#[derive(Deserialize)]
pub(super) struct Webhook {
    webhook_url: String,
}

/// Sets the address, or removes it with an empty one.
pub(super) async fn update(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    JsonBody(body): JsonBody<Webhook>,
) -> Result<Json<Value>, Failure> {
    let secret = set(&api, &caller, &id, &body.webhook_url).await?;
    let mut answer = json!({ "success": true, "message": "Webhook URL updated", "id": id });
    answer["webhook_url"] = json!(Some(body.webhook_url).filter(|url| !url.is_empty()));
    show(secret, &mut answer);
    Ok(Json(answer))
}

/// The secret comes back when there was no webhook before.
pub(super) async fn set(api: &Api, caller: &Caller, id: &SessionId, url: &str) -> Result<Option<SecretString>, Error> {
    api.core.set_session_webhook(caller, id, url).await.map_err(in_own_words)
}

/// Refuses what [`set`] would refuse, before there is a session.
pub(super) async fn check(api: &Api, url: &str) -> Result<(), Error> {
    if url.is_empty() {
        return Ok(());
    }
    api.core.egress().check_url(url).await.map(drop).map_err(|error| in_own_words(error.into()))
}

/// Deliveries are signed with it; it is shown this once.
pub(super) fn show(secret: Option<SecretString>, answer: &mut Value) {
    if let Some(secret) = secret {
        answer["webhook_secret"] = json!(secret.expose_secret());
    }
}

fn in_own_words(error: Error) -> Error {
    match error {
        Error::Invalid { field, reason } if field == "url" => Error::invalid("webhook_url", reason),
        other => other,
    }
}
