//! Which groups belong to a community.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

use super::wire::CommunityGroups;
use crate::{
    http::{Api, CommunityGroupPath, CommunityPath, Failure, QueryOf, Signed},
    native::{groups::wire::Group, problem::Problem},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UnlinkQuery {
    /// Those who are in none of its other groups go from the community too.
    #[serde(default)]
    remove_orphans: bool,
}

/// List the groups of a community, those too that the account is not in.
#[utoipa::path(get, operation_id = "list_community_groups", path = "/v1/sessions/{id}/communities/{community}/groups",
    tag = "groups", params(("id" = String, Path), ("community" = String, Path)), responses(
    (status = 200, body = CommunityGroups),
    (status = 403, description = "The account is not in the community", body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    CommunityPath(session, community): CommunityPath,
) -> Result<Json<CommunityGroups>, Failure> {
    Ok(Json(api.core.community_groups(&caller, &session, &community).await?.into()))
}

/// Bring a group into a community. The account has to be an admin of both.
#[utoipa::path(put, operation_id = "link_group", path = "/v1/sessions/{id}/communities/{community}/groups/{group}",
    tag = "groups", params(("id" = String, Path), ("community" = String, Path), ("group" = String, Path)), responses(
    (status = 204, description = "It belongs to the community"),
    (status = 403, description = "The account is not an admin of both", body = Problem),
    (status = 404, body = Problem),
    (status = 409, description = "It belongs to another community, or is one", body = Problem),
))]
pub(super) async fn link(
    State(api): State<Api>,
    Signed(caller): Signed,
    CommunityGroupPath(session, community, group): CommunityGroupPath,
) -> Result<StatusCode, Failure> {
    api.core.link_group(&caller, &session, &community, &group).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a group out of a community. It goes on without it.
#[utoipa::path(delete, operation_id = "unlink_group", path = "/v1/sessions/{id}/communities/{community}/groups/{group}",
    tag = "groups",
    params(("id" = String, Path), ("community" = String, Path), ("group" = String, Path), UnlinkQuery), responses(
    (status = 204, description = "It belongs to the community no more"),
    (status = 400, body = Problem),
    (status = 403, description = "Only admins of the community may do that", body = Problem),
    (status = 404, body = Problem),
    (status = 409, description = "It is the group for the announcements", body = Problem),
))]
pub(super) async fn unlink(
    State(api): State<Api>,
    Signed(caller): Signed,
    CommunityGroupPath(session, community, group): CommunityGroupPath,
    QueryOf(query): QueryOf<UnlinkQuery>,
) -> Result<StatusCode, Failure> {
    api.core.unlink_group(&caller, &session, &community, &group, query.remove_orphans).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Join a group of a community that the account is in.
#[utoipa::path(post, operation_id = "join_community_group",
    path = "/v1/sessions/{id}/communities/{community}/groups/{group}/join", tag = "groups",
    params(("id" = String, Path), ("community" = String, Path), ("group" = String, Path)), responses(
    (status = 200, body = Group),
    (status = 403, description = "The account is not in the community, or only admins let people in", body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn join(
    State(api): State<Api>,
    Signed(caller): Signed,
    CommunityGroupPath(session, community, group): CommunityGroupPath,
) -> Result<Json<Group>, Failure> {
    Ok(Json(api.core.join_community_group(&caller, &session, &community, &group).await?.into()))
}
