//! The account's own profile.

use axum::{Json, extract::State};
use serde::Deserialize;
use switchboard_core::ChangeProfile as CoreChange;
use utoipa::ToSchema;

use super::wire::OwnProfile;
use crate::{
    http::{Api, Failure, JsonBody, SessionPath, Signed},
    native::problem::{NeedsConnection, Problem},
};

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeProfile {
    /// At most 25 characters.
    #[schema(example = "The shop")]
    name: Option<String>,
    /// At most 139 characters; an empty one takes it away.
    #[schema(example = "Open from nine to five")]
    about: Option<String>,
}

/// Show what the account shows of itself.
#[utoipa::path(get, operation_id = "show_profile", path = "/v1/sessions/{id}/profile", tag = "profile",
    params(("id" = String, Path)), responses(
    (status = 200, body = OwnProfile),
    NeedsConnection,
))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
) -> Result<Json<OwnProfile>, Failure> {
    Ok(Json(api.core.own_profile(&caller, &session).await?.into()))
}

/// Change the account's name and about text.
#[utoipa::path(patch, operation_id = "change_profile", path = "/v1/sessions/{id}/profile", tag = "profile",
    params(("id" = String, Path)), request_body = ChangeProfile, responses(
    (status = 200, body = OwnProfile),
    (status = 400, body = Problem),
    NeedsConnection,
))]
pub(super) async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(ChangeProfile { name, about }): JsonBody<ChangeProfile>,
) -> Result<Json<OwnProfile>, Failure> {
    Ok(Json(api.core.change_profile(&caller, &session, CoreChange { name, about }).await?.into()))
}
