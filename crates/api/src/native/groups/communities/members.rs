//! Who is in a community.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::wire::CommunityParticipants;
use crate::{
    http::{Api, CommunityPath, Failure, JsonBody, Signed},
    native::{
        groups::wire::{ParticipantResults, people},
        problem::Problem,
    },
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GoneParticipants {
    /// Phone numbers or JIDs.
    #[schema(example = json!(["+62 813-8139-3739"]))]
    participants: Vec<String>,
}

/// List everybody in a community and in its groups.
#[utoipa::path(get, operation_id = "list_community_participants",
    path = "/v1/sessions/{id}/communities/{community}/participants", tag = "groups",
    params(("id" = String, Path), ("community" = String, Path)), responses(
    (status = 200, body = CommunityParticipants),
    (status = 403, description = "The account is not in the community", body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    CommunityPath(session, community): CommunityPath,
) -> Result<Json<CommunityParticipants>, Failure> {
    Ok(Json(api.core.community_members(&caller, &session, &community).await?.into()))
}

/// Remove people from a community and from all its groups.
#[utoipa::path(post, operation_id = "remove_community_participants",
    path = "/v1/sessions/{id}/communities/{community}/participants/remove", tag = "groups",
    params(("id" = String, Path), ("community" = String, Path)), request_body = GoneParticipants, responses(
    (status = 200, description = "How each of them fared", body = ParticipantResults),
    (status = 400, body = Problem),
    (status = 403, description = "Only admins of the community may do that", body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn remove(
    State(api): State<Api>,
    Signed(caller): Signed,
    CommunityPath(session, community): CommunityPath,
    JsonBody(body): JsonBody<GoneParticipants>,
) -> Result<Json<ParticipantResults>, Failure> {
    let people = people(&body.participants)?;
    Ok(Json(api.core.remove_from_community(&caller, &session, &community, &people).await?.into()))
}
