//! Where a session's messages are delivered.

use axum::{Json, extract::State};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use switchboard_core::{Caller, Error};
use switchboard_model::SessionId;
use utoipa::ToSchema;

use super::{
    MultisessionError,
    sessions::{Done, shown},
};
use crate::http::{Api, Failure, JsonBody, SessionPath, Signed};

#[derive(Deserialize, ToSchema)]
pub(super) struct Webhook {
    /// Empty or null removes it.
    // Named all the same: leaving it out would be no way to remove it.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, example = "https://myapp.com/webhook")]
    webhook_url: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct WebhookSet {
    #[serde(flatten)]
    done: Done,
    #[schema(example = "https://myapp.com/webhook")]
    webhook_url: Option<String>,
    /// Deliveries are signed with it. Shown this once, where there was no webhook before.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_secret: Option<String>,
}

/// Set where a session's messages are delivered, or end deliveries with an empty address.
#[utoipa::path(put, operation_id = "update_webhook", path = "/api/sessions/{id}/webhook", tag = "multisession",
    params(("id" = String, Path)), request_body = Webhook, responses(
    (status = 200, body = WebhookSet),
    (status = 400, description = "Not an address that deliveries may go to", body = MultisessionError),
))]
pub(super) async fn update(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
    JsonBody(body): JsonBody<Webhook>,
) -> Result<Json<WebhookSet>, Failure> {
    let url = body.webhook_url.unwrap_or_default();
    let secret = set(&api, &caller, &id, &url).await?;
    Ok(Json(WebhookSet {
        done: Done::of(id, "Webhook URL updated"),
        webhook_url: Some(url).filter(|url| !url.is_empty()),
        webhook_secret: secret.as_ref().map(shown),
    }))
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

fn in_own_words(error: Error) -> Error {
    match error {
        Error::Invalid { field, reason } if field == "url" => Error::invalid("webhook_url", reason),
        other => other,
    }
}
