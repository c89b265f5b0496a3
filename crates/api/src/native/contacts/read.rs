//! Telling people that their messages were read.

use axum::{extract::State, http::StatusCode};

use crate::{
    http::{Api, Failure, MessagePath, Signed},
    native::problem::Problem,
};

/// Mark a received message as read; its author gets to know.
#[utoipa::path(post, operation_id = "mark_message_read", path = "/v1/sessions/{id}/messages/{message}/read", tag = "messages",
    params(("id" = String, Path), ("message" = String, Path)), responses(
    (status = 204, description = "Told to the network"),
    (status = 404, body = Problem),
    (status = 409, description = "The session is not connected, or the message is this account's own", body = Problem),
))]
pub(super) async fn mark(
    State(api): State<Api>,
    Signed(caller): Signed,
    MessagePath(session, message): MessagePath,
) -> Result<StatusCode, Failure> {
    api.core.mark_read(&caller, &session, &message).await?;
    Ok(StatusCode::NO_CONTENT)
}
