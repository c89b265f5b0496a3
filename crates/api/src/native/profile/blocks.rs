//! The network's own block list: whoever is on it can neither call nor write.

use axum::{Json, extract::State, http::StatusCode};

use super::wire::{BlockList, person};
use crate::{
    http::{Api, ContactPath, Failure, SessionPath, Signed},
    native::problem::{NeedsConnection, Problem},
};

/// List the people whom the account has blocked on WhatsApp. Blocks by the call rules are another list.
#[utoipa::path(get, operation_id = "show_block_list", path = "/v1/sessions/{id}/block-list", tag = "profile",
    params(("id" = String, Path)), responses(
    (status = 200, body = BlockList),
    NeedsConnection,
))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
) -> Result<Json<BlockList>, Failure> {
    Ok(Json(api.core.block_list(&caller, &session).await?.into()))
}

/// Block a person on WhatsApp.
#[utoipa::path(put, operation_id = "block_person", path = "/v1/sessions/{id}/block-list/{contact}", tag = "profile",
    params(("id" = String, Path), ("contact" = String, Path, description = "A phone number or JID")), responses(
    (status = 204, description = "Blocked"),
    (status = 400, body = Problem),
    NeedsConnection,
))]
pub(super) async fn block(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    ContactPath(contact): ContactPath,
) -> Result<StatusCode, Failure> {
    api.core.block_person(&caller, &session, &person(&contact)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a person reach the account again.
#[utoipa::path(delete, operation_id = "unblock_person", path = "/v1/sessions/{id}/block-list/{contact}", tag = "profile",
    params(("id" = String, Path), ("contact" = String, Path, description = "A phone number or JID")), responses(
    (status = 204, description = "Not blocked any more"),
    (status = 400, body = Problem),
    NeedsConnection,
))]
pub(super) async fn unblock(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    ContactPath(contact): ContactPath,
) -> Result<StatusCode, Failure> {
    api.core.unblock_person(&caller, &session, &person(&contact)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
