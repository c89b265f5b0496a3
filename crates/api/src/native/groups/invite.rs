//! Invitations by link.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::Group;
use crate::{
    http::{Api, Failure, GroupPath, JsonBody, SessionPath, Signed},
    native::problem::Problem,
};

#[derive(Serialize, ToSchema)]
pub(super) struct GroupInvite {
    code: String,
    #[schema(example = "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv")]
    url: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenInvite {
    /// An invitation link, or its code.
    invite: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct JoinedGroup {
    #[schema(example = "120363302171476233@g.us")]
    id: String,
    /// An admin has to let the account in.
    waiting: bool,
}

/// Show a group's invitation link.
#[utoipa::path(get, operation_id = "show_group_invite", path = "/v1/sessions/{id}/groups/{group}/invite", tag = "groups",
    params(("id" = String, Path), ("group" = String, Path)),
    responses((status = 200, body = GroupInvite), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
) -> Result<Json<GroupInvite>, Failure> {
    Ok(Json(api.core.group_invite(&caller, &session, &group, false).await?.into()))
}

/// Revoke a group's invitation link; there is a new one then.
#[utoipa::path(delete, operation_id = "revoke_group_invite", path = "/v1/sessions/{id}/groups/{group}/invite", tag = "groups",
    params(("id" = String, Path), ("group" = String, Path)),
    responses((status = 200, body = GroupInvite), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn renew(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
) -> Result<Json<GroupInvite>, Failure> {
    Ok(Json(api.core.group_invite(&caller, &session, &group, true).await?.into()))
}

/// Look at what an invitation leads to.
#[utoipa::path(post, operation_id = "preview_group_invite", path = "/v1/sessions/{id}/group-invites/preview", tag = "groups",
    params(("id" = String, Path)), request_body = GivenInvite,
    responses((status = 200, body = Group), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn preview(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<GivenInvite>,
) -> Result<Json<Group>, Failure> {
    Ok(Json(api.core.invited_group(&caller, &session, &body.invite).await?.into()))
}

/// Join a group by its invitation.
#[utoipa::path(post, operation_id = "join_group", path = "/v1/sessions/{id}/group-invites/join", tag = "groups",
    params(("id" = String, Path)), request_body = GivenInvite,
    responses((status = 200, body = JoinedGroup), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn join(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<GivenInvite>,
) -> Result<Json<JoinedGroup>, Failure> {
    let joined = api.core.join_group(&caller, &session, &body.invite).await?;
    Ok(Json(JoinedGroup { id: joined.group.to_string(), waiting: joined.waiting }))
}

impl From<String> for GroupInvite {
    fn from(code: String) -> Self {
        Self { url: format!("https://chat.whatsapp.com/{code}"), code }
    }
}
