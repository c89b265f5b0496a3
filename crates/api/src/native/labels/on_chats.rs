//! Labels on chats.

use axum::{extract::State, http::StatusCode};

use crate::{
    http::{Api, ChatLabelPath, Failure, Signed},
    native::problem::NeedsConnection,
};

/// Put a label on a chat.
#[utoipa::path(put, operation_id = "label_chat", path = "/v1/sessions/{id}/chats/{chat}/labels/{label}", tag = "labels",
    params(("id" = String, Path), ("chat" = String, Path), ("label" = String, Path)), responses(
    (status = 204, description = "Told to the account's other devices"),
    NeedsConnection,
))]
pub(super) async fn put(
    State(api): State<Api>,
    Signed(caller): Signed,
    ChatLabelPath(session, chat, label): ChatLabelPath,
) -> Result<StatusCode, Failure> {
    api.core.label_chat(&caller, &session, &chat, &label, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a label off a chat.
#[utoipa::path(delete, operation_id = "unlabel_chat", path = "/v1/sessions/{id}/chats/{chat}/labels/{label}",
    tag = "labels", params(("id" = String, Path), ("chat" = String, Path), ("label" = String, Path)), responses(
    (status = 204, description = "Told to the account's other devices"),
    NeedsConnection,
))]
pub(super) async fn remove(
    State(api): State<Api>,
    Signed(caller): Signed,
    ChatLabelPath(session, chat, label): ChatLabelPath,
) -> Result<StatusCode, Failure> {
    api.core.label_chat(&caller, &session, &chat, &label, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
