//! Changing a group.

use axum::{Json, extract::State};
use serde::Deserialize;
use switchboard_core::ChangeGroup;
use utoipa::ToSchema;

use super::wire::Group;
use crate::{
    http::{Api, Failure, GroupPath, JsonBody, Signed},
    native::problem::Problem,
};

/// What is not named stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupChange {
    subject: Option<String>,
    /// An empty one is taken away.
    description: Option<String>,
    /// Only admins write.
    announcement: Option<bool>,
    /// Only admins change subject and description.
    locked: Option<bool>,
    /// Who comes by link waits for an admin.
    approval: Option<bool>,
    /// 0 (never), 86400, 604800 or 7776000.
    ephemeral_seconds: Option<u32>,
}

/// Change a group's subject, description or settings.
#[utoipa::path(patch, operation_id = "change_group", path = "/v1/sessions/{id}/groups/{group}", tag = "groups",
    params(("id" = String, Path), ("group" = String, Path)), request_body = GroupChange, responses(
    (status = 200, body = Group),
    (status = 400, body = Problem),
    (status = 403, description = "Only admins may do that, or the account is not in the group", body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
    JsonBody(body): JsonBody<GroupChange>,
) -> Result<Json<Group>, Failure> {
    Ok(Json(api.core.change_group(&caller, &session, &group, body.into()).await?.into()))
}

impl From<GroupChange> for ChangeGroup {
    fn from(body: GroupChange) -> Self {
        let GroupChange { subject, description, announcement, locked, approval, ephemeral_seconds } = body;
        Self { subject, description, announcement, locked, approval, ephemeral_seconds }
    }
}
