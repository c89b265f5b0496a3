//! Listing groups, making and leaving them.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use switchboard_core::CreateGroup;
use utoipa::ToSchema;

use super::wire::{Group, GroupList, group_id, people};
use crate::{
    http::{Api, Failure, GroupPath, JsonBody, SessionPath, Signed},
    native::problem::{NeedsConnection, Problem},
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroup {
    #[schema(example = "Family Group")]
    subject: String,
    description: Option<String>,
    /// Phone numbers or JIDs of the others.
    #[schema(example = json!(["+62 813-8139-3739"]))]
    participants: Vec<String>,
    /// The community that it is to belong to.
    community: Option<String>,
}

/// List the groups that the account is in.
#[utoipa::path(get, operation_id = "list_groups", path = "/v1/sessions/{id}/groups", tag = "groups",
    params(("id" = String, Path)), responses(
    (status = 200, body = GroupList),
    NeedsConnection,
))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
) -> Result<Json<GroupList>, Failure> {
    Ok(Json(api.core.groups(&caller, &session).await?.into()))
}

/// Make a group.
#[utoipa::path(post, operation_id = "create_group", path = "/v1/sessions/{id}/groups", tag = "groups",
    params(("id" = String, Path)), request_body = NewGroup, responses(
    (status = 201, body = Group),
    (status = 400, description = "Somebody is not on WhatsApp, or a text does not fit", body = Problem),
    NeedsConnection,
))]
pub(super) async fn create(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<NewGroup>,
) -> Result<(StatusCode, Json<Group>), Failure> {
    let NewGroup { subject, description, participants, community } = body;
    let community = community.as_deref().map(group_id).transpose()?;
    let order = CreateGroup { subject, description, participants: people(&participants)?, community };
    let made = api.core.create_group(&caller, &session, order).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Look at a group.
#[utoipa::path(get, operation_id = "show_group", path = "/v1/sessions/{id}/groups/{group}", tag = "groups",
    params(("id" = String, Path), ("group" = String, Path)),
    responses((status = 200, body = Group), (status = 404, body = Problem)))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
) -> Result<Json<Group>, Failure> {
    Ok(Json(api.core.group(&caller, &session, &group).await?.into()))
}

/// Leave a group.
#[utoipa::path(post, operation_id = "leave_group", path = "/v1/sessions/{id}/groups/{group}/leave", tag = "groups",
    params(("id" = String, Path), ("group" = String, Path)),
    responses((status = 204, description = "Left"), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn leave(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
) -> Result<StatusCode, Failure> {
    api.core.leave_group(&caller, &session, &group).await?;
    Ok(StatusCode::NO_CONTENT)
}
