//! Archiving, pinning and muting a chat, and starring a message: for all devices of the account.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use switchboard_core::{ChangeChat as CoreChange, Error};
use switchboard_model::Mute;
use utoipa::ToSchema;

use super::wire::Chat;
use crate::{
    http::{Api, ChatPath, Failure, JsonBody, MessagePath, Signed},
    native::problem::{NeedsConnection, Problem},
};

/// What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeChat {
    #[schema(example = true)]
    archived: Option<bool>,
    pinned: Option<bool>,
    /// True: it does not ring, until `muted_until` or for good.
    muted: Option<bool>,
    /// With `muted`: when it rings again (RFC 3339).
    muted_until: Option<String>,
    /// Marks the chat as unread, or as read without telling the authors.
    unread: Option<bool>,
}

/// Archive, pin, mute or mark a chat, for all devices of the account.
#[utoipa::path(patch, operation_id = "change_chat", path = "/v1/sessions/{id}/chats/{chat}", tag = "chats",
    params(("id" = String, Path), ("chat" = String, Path)), request_body = ChangeChat, responses(
    (status = 200, body = Chat),
    (status = 400, body = Problem),
    NeedsConnection,
))]
pub(super) async fn change(
    State(api): State<Api>,
    Signed(caller): Signed,
    ChatPath(session, chat): ChatPath,
    JsonBody(body): JsonBody<ChangeChat>,
) -> Result<Json<Chat>, Failure> {
    let view = api.core.change_chat(&caller, &session, &chat, body.try_into()?).await?;
    Ok(Json(Chat::new(view, api.core.time())))
}

/// Put a message among the favourites.
#[utoipa::path(put, operation_id = "star_message", path = "/v1/sessions/{id}/messages/{message}/star", tag = "chats",
    params(("id" = String, Path), ("message" = String, Path)), responses(
    (status = 204, description = "Told to the account's other devices"),
    NeedsConnection,
))]
pub(super) async fn star(
    State(api): State<Api>,
    Signed(caller): Signed,
    MessagePath(session, message): MessagePath,
) -> Result<StatusCode, Failure> {
    api.core.star(&caller, &session, &message, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a message from the favourites.
#[utoipa::path(delete, operation_id = "unstar_message", path = "/v1/sessions/{id}/messages/{message}/star", tag = "chats",
    params(("id" = String, Path), ("message" = String, Path)), responses(
    (status = 204, description = "Told to the account's other devices"),
    NeedsConnection,
))]
pub(super) async fn unstar(
    State(api): State<Api>,
    Signed(caller): Signed,
    MessagePath(session, message): MessagePath,
) -> Result<StatusCode, Failure> {
    api.core.star(&caller, &session, &message, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl TryFrom<ChangeChat> for CoreChange {
    type Error = Error;

    fn try_from(change: ChangeChat) -> Result<Self, Error> {
        let ChangeChat { archived, pinned, muted, muted_until, unread } = change;
        let end =
            muted_until.map(|text| text.parse().map_err(|_| Error::invalid("muted_until", "is a time in RFC 3339")));
        let muted = match (muted, end.transpose()?) {
            (Some(false), None) => Some(Mute::Off),
            (Some(true), None) => Some(Mute::Forever),
            (Some(true), Some(end)) => Some(Mute::Until(end)),
            (None, None) => None,
            (_, Some(_)) => return Err(Error::invalid("muted_until", "goes with `muted`: true")),
        };
        Ok(Self { archived, pinned, muted, unread })
    }
}
