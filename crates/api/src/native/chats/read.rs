//! Everything in a chat was read.

use axum::{extract::State, http::StatusCode};

use crate::{
    http::{Api, ChatPath, Failure, Signed},
    native::problem::NeedsConnection,
};

/// Mark all of a chat as read; the authors get to know.
#[utoipa::path(post, operation_id = "mark_chat_read", path = "/v1/sessions/{id}/chats/{chat}/read", tag = "chats",
    params(("id" = String, Path), ("chat" = String, Path)), responses(
    (status = 204, description = "Told to the network"),
    NeedsConnection,
))]
pub(super) async fn mark(
    State(api): State<Api>,
    Signed(caller): Signed,
    ChatPath(session, chat): ChatPath,
) -> Result<StatusCode, Failure> {
    api.core.mark_chat_read(&caller, &session, &chat).await?;
    Ok(StatusCode::NO_CONTENT)
}
