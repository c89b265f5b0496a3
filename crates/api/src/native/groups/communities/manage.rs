//! Listing communities, making and ending them.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use switchboard_core::CreateCommunity;
use utoipa::ToSchema;

use super::wire::CommunityList;
use crate::{
    http::{Api, CommunityPath, Failure, JsonBody, SessionPath, Signed},
    native::{groups::wire::Group, problem::Problem},
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCommunity {
    #[schema(example = "Neighbours")]
    subject: String,
    description: Option<String>,
    /// Whoever wants in waits for an admin.
    #[serde(default)]
    approval: bool,
    /// Members who are no admins may make groups in it.
    #[serde(default)]
    members_make_groups: bool,
    /// With a group in which all write, beside the one for announcements.
    #[serde(default)]
    general_chat: bool,
}

/// List the communities that the account is in.
#[utoipa::path(get, operation_id = "list_communities", path = "/v1/sessions/{id}/communities", tag = "groups",
    params(("id" = String, Path)), responses(
    (status = 200, body = CommunityList),
    (status = 404, body = Problem),
    (status = 409, description = "The session is not connected", body = Problem),
))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
) -> Result<Json<CommunityList>, Failure> {
    Ok(Json(api.core.communities(&caller, &session).await?.into()))
}

/// Make a community. A group for its announcements comes with it.
#[utoipa::path(post, operation_id = "create_community", path = "/v1/sessions/{id}/communities", tag = "groups",
    params(("id" = String, Path)), request_body = NewCommunity, responses(
    (status = 201, body = Group),
    (status = 400, description = "A text does not fit", body = Problem),
    (status = 404, body = Problem),
    (status = 409, description = "The session is not connected", body = Problem),
))]
pub(super) async fn create(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    JsonBody(body): JsonBody<NewCommunity>,
) -> Result<(StatusCode, Json<Group>), Failure> {
    let made = api.core.create_community(&caller, &session, body.into()).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// End a community. Its groups go on without it; the one for announcements ends too.
#[utoipa::path(delete, operation_id = "close_community", path = "/v1/sessions/{id}/communities/{community}",
    tag = "groups", params(("id" = String, Path), ("community" = String, Path)), responses(
    (status = 204, description = "Ended"),
    (status = 403, description = "Only admins may do that", body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn close(
    State(api): State<Api>,
    Signed(caller): Signed,
    CommunityPath(session, community): CommunityPath,
) -> Result<StatusCode, Failure> {
    api.core.close_community(&caller, &session, &community).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<NewCommunity> for CreateCommunity {
    fn from(body: NewCommunity) -> Self {
        let NewCommunity { subject, description, approval, members_make_groups, general_chat } = body;
        Self { subject, description, approval, members_make_groups, general_chat }
    }
}
