//! Looking at conversations.

use axum::{Json, extract::State};
use serde::Deserialize;
use switchboard_core::{ChatQuery, Error};
use switchboard_model::ChatKind;
use utoipa::IntoParams;

use super::wire::{Chat, ChatPage};
use crate::{
    http::{Api, ChatPath, Failure, QueryOf, SessionPath, Signed, cursor},
    native::problem::Problem,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only chats with something unread, or only those without.
    unread: Option<bool>,
    archived: Option<bool>,
    pinned: Option<bool>,
    /// Only this kind: `person`, `group` or `newsletter`.
    kind: Option<String>,
    /// Only chats that the label of this id is on.
    label: Option<String>,
    cursor: Option<String>,
    /// 50 by default, 200 at most.
    limit: Option<u64>,
}

/// List a session's chats, the one last written in first.
#[utoipa::path(get, operation_id = "list_chats", path = "/v1/sessions/{id}/chats", tag = "chats", params(("id" = String, Path), ListQuery),
    responses((status = 200, body = ChatPage), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Json<ChatPage>, Failure> {
    let page = api.core.chats(&caller, &session, query.try_into()?).await?;
    let next = page.next.map(|(at, key)| cursor::write(at, &key));
    Ok(Json(ChatPage::new(page.chats, next, api.core.time())))
}

/// Show one chat.
#[utoipa::path(get, operation_id = "show_chat", path = "/v1/sessions/{id}/chats/{chat}", tag = "chats",
    params(("id" = String, Path), ("chat" = String, Path)),
    responses((status = 200, body = Chat), (status = 404, body = Problem)))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    ChatPath(session, chat): ChatPath,
) -> Result<Json<Chat>, Failure> {
    let view = api.core.chat(&caller, &session, &chat).await?;
    Ok(Json(Chat::new(view, api.core.time())))
}

impl TryFrom<ListQuery> for ChatQuery {
    type Error = Error;

    fn try_from(query: ListQuery) -> Result<Self, Error> {
        let kind = |word: String| ChatKind::parse(&word).ok_or_else(|| Error::invalid("kind", "is not a kind of chat"));
        Ok(Self {
            unread: query.unread,
            archived: query.archived,
            pinned: query.pinned,
            kind: query.kind.map(kind).transpose()?,
            label: query.label,
            before: query.cursor.as_deref().map(cursor::read).transpose()?,
            limit: query.limit,
        })
    }
}
