//! Who may see what of the account.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{Api, Failure, JsonBody, SessionPath, Signed},
    native::problem::{NeedsConnection, Problem},
};

/// `last_seen`, `picture`, `about`, `groups`: `all`, `contacts` or `nobody` (`contacts_except` is chosen on the phone).
/// `online`: `all`, `as_last_seen`. `read_receipts`: `all`, `nobody`. `calls`: `all`, `known`, `contacts`. `messages`:
/// `all`, `contacts`.
#[derive(Serialize, ToSchema)]
pub(super) struct PrivacySettings {
    #[serde(flatten)]
    #[schema(example = json!({"last_seen": "contacts", "read_receipts": "all"}))]
    settings: BTreeMap<&'static str, String>,
}

/// The settings to change, by name.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangePrivacy {
    #[serde(flatten)]
    settings: BTreeMap<String, String>,
}

/// Show who may see what of the account.
#[utoipa::path(get, operation_id = "show_privacy", path = "/v1/sessions/{id}/privacy", tag = "profile",
    params(("id" = String, Path)), responses(
    (status = 200, body = PrivacySettings),
    NeedsConnection,
))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
) -> Result<Json<PrivacySettings>, Failure> {
    let settings = api.core.privacy(&caller, &session).await?;
    Ok(Json(PrivacySettings { settings }))
}

/// Change who may see what of the account. What is left out stays as it is.
#[utoipa::path(patch, operation_id = "change_privacy", path = "/v1/sessions/{id}/privacy", tag = "profile",
    params(("id" = String, Path)), request_body = ChangePrivacy, responses(
    (status = 200, body = PrivacySettings),
    (status = 400, body = Problem),
    NeedsConnection,
))]
pub(super) async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<ChangePrivacy>,
) -> Result<Json<PrivacySettings>, Failure> {
    let settings = api.core.set_privacy(&caller, &session, &body.settings).await?;
    Ok(Json(PrivacySettings { settings }))
}
