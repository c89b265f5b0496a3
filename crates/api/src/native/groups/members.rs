//! Who is in a group, who runs it, and who wants to be in it.

use axum::{Json, extract::State};
use serde::Deserialize;
use switchboard_core::engine::MemberAction;
use utoipa::ToSchema;

use super::wire::{JoinRequests, ParticipantResults, people};
use crate::{
    http::{Api, Failure, GroupPath, JsonBody, Signed},
    native::problem::Problem,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ParticipantsChange {
    action: ParticipantsAction,
    /// Phone numbers or JIDs.
    #[schema(example = json!(["+62 813-8139-3739"]))]
    participants: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ParticipantsAction {
    Add,
    Remove,
    Promote,
    Demote,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestsDecision {
    action: RequestsAction,
    participants: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RequestsAction {
    Approve,
    Reject,
}

/// Add, remove, promote or demote participants.
#[utoipa::path(post, operation_id = "change_group_participants", path = "/v1/sessions/{id}/groups/{group}/participants",
    tag = "groups", params(("id" = String, Path), ("group" = String, Path)), request_body = ParticipantsChange, responses(
    (status = 200, description = "How each of them fared", body = ParticipantResults),
    (status = 400, description = "Somebody is not on WhatsApp", body = Problem),
    (status = 403, description = "Only admins may do that, or the account is not in the group", body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
    JsonBody(body): JsonBody<ParticipantsChange>,
) -> Result<Json<ParticipantResults>, Failure> {
    let people = people(&body.participants)?;
    let action = match body.action {
        ParticipantsAction::Add => MemberAction::Add,
        ParticipantsAction::Remove => MemberAction::Remove,
        ParticipantsAction::Promote => MemberAction::Promote,
        ParticipantsAction::Demote => MemberAction::Demote,
    };
    Ok(Json(api.core.change_group_members(&caller, &session, &group, action, people).await?.into()))
}

/// List those who wait for an admin to be let in.
#[utoipa::path(get, operation_id = "list_group_requests", path = "/v1/sessions/{id}/groups/{group}/requests",
    tag = "groups", params(("id" = String, Path), ("group" = String, Path)), responses(
    (status = 200, body = JoinRequests),
    (status = 403, body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn requests(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
) -> Result<Json<JoinRequests>, Failure> {
    Ok(Json(api.core.group_requests(&caller, &session, &group).await?.into()))
}

/// Let people in who asked, or send them away.
#[utoipa::path(post, operation_id = "decide_group_requests", path = "/v1/sessions/{id}/groups/{group}/requests",
    tag = "groups", params(("id" = String, Path), ("group" = String, Path)), request_body = RequestsDecision, responses(
    (status = 200, description = "How each of them fared", body = ParticipantResults),
    (status = 400, body = Problem),
    (status = 403, body = Problem),
    (status = 404, body = Problem),
))]
pub(super) async fn decide(
    State(api): State<Api>,
    Signed(caller): Signed,
    GroupPath(session, group): GroupPath,
    JsonBody(body): JsonBody<RequestsDecision>,
) -> Result<Json<ParticipantResults>, Failure> {
    let people = people(&body.participants)?;
    let action = match body.action {
        RequestsAction::Approve => MemberAction::Approve,
        RequestsAction::Reject => MemberAction::Reject,
    };
    Ok(Json(api.core.change_group_members(&caller, &session, &group, action, people).await?.into()))
}
