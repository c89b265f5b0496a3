//! Reading messages back.

use axum::{Json, extract::State};
use serde::Deserialize;
use switchboard_core::{Error, MessageQuery};
use switchboard_model::{AddressError, MessageId, MessageStatus};
use utoipa::IntoParams;

use super::wire::{Message, MessagePage};
use crate::{
    http::{Api, Failure, MessagePath, QueryOf, SessionPath, Signed, cursor},
    native::problem::Problem,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only this conversation: a phone number or JID.
    chat: Option<String>,
    /// Only messages that came this far, such as `queued` or `failed`.
    status: Option<String>,
    /// Only this kind, such as `text`.
    kind: Option<String>,
    /// Only what this account wrote, or only what others did.
    from_me: Option<bool>,
    /// Only what was written at this time (RFC 3339) or later.
    since: Option<String>,
    /// Only what was written before this time.
    until: Option<String>,
    cursor: Option<String>,
    /// 50 by default, 200 at most.
    limit: Option<u64>,
}

/// List a session's messages, newest first.
#[utoipa::path(get, operation_id = "list_messages", path = "/v1/sessions/{id}/messages", tag = "messages", params(("id" = String, Path), ListQuery),
    responses((status = 200, body = MessagePage), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(session): SessionPath,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Json<MessagePage>, Failure> {
    let page = api.core.messages(&caller, &session, query.try_into()?).await?;
    Ok(Json(MessagePage::new(page.messages, page.next.map(|(at, id)| cursor::write(at, &id.0)))))
}

/// What happened to a message.
#[utoipa::path(get, operation_id = "show_message", path = "/v1/sessions/{id}/messages/{message}", tag = "messages",
    params(("id" = String, Path), ("message" = String, Path)),
    responses((status = 200, body = Message), (status = 404, body = Problem)))]
pub(super) async fn show(
    State(api): State<Api>,
    Signed(caller): Signed,
    MessagePath(session, message): MessagePath,
) -> Result<Json<Message>, Failure> {
    Ok(Json(api.core.message(&caller, &session, &message).await?.into()))
}

impl TryFrom<ListQuery> for MessageQuery {
    type Error = Error;

    fn try_from(query: ListQuery) -> Result<Self, Error> {
        let chat = |text: String| text.parse().map_err(|error: AddressError| Error::invalid("chat", error.to_string()));
        let status = |word: String| {
            MessageStatus::parse(&word).ok_or_else(|| Error::invalid("status", "is not a status of a message"))
        };
        let time = |field: &'static str, text: String| {
            text.parse().map_err(|_| Error::invalid(field, "is a time in RFC 3339"))
        };
        Ok(Self {
            chat: query.chat.map(chat).transpose()?,
            status: query.status.map(status).transpose()?,
            kind: query.kind.map(kind).transpose()?,
            from_me: query.from_me,
            since: query.since.map(|text| time("since", text)).transpose()?,
            until: query.until.map(|text| time("until", text)).transpose()?,
            before: query.cursor.map(|text| cursor::read(&text)).transpose()?.map(|(at, id)| (at, MessageId(id))),
            limit: query.limit,
        })
    }
}

fn kind(word: String) -> Result<String, Error> {
    let plain = word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { Ok(word) } else { Err(Error::invalid("kind", "is not a kind of message")) }
}
