//! Reading messages back.

use axum::{Json, extract::State};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use switchboard_core::{Error, MessageQuery};
use switchboard_model::{AddressError, MessageId, MessageStatus, Timestamp};
use utoipa::IntoParams;

use super::wire::{Message, MessagePage};
use crate::{
    http::{Api, Failure, MessagePath, QueryOf, SessionPath, Signed},
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
    Ok(Json(MessagePage::new(page.messages, page.next.map(|place| cursor(&place)))))
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
        Ok(Self {
            chat: query.chat.map(chat).transpose()?,
            status: query.status.map(status).transpose()?,
            kind: query.kind.map(kind).transpose()?,
            from_me: query.from_me,
            before: query.cursor.map(|text| place(&text)).transpose()?,
            limit: query.limit,
        })
    }
}

fn kind(word: String) -> Result<String, Error> {
    let plain = word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { Ok(word) } else { Err(Error::invalid("kind", "is not a kind of message")) }
}

fn cursor((at, id): &(Timestamp, MessageId)) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{}.{id}", at.millis()))
}

fn place(cursor: &str) -> Result<(Timestamp, MessageId), Error> {
    let read = || {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (at, id) = text.split_once('.')?;
        let plain = id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic());
        plain.then_some((Timestamp::from_millis(at.parse().ok()?), MessageId(id.to_owned())))
    };
    read().ok_or_else(|| Error::invalid("cursor", "is not a cursor of this list"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        let here = (Timestamp::from_millis(1_767_603_600_123), MessageId("3EB0.1".to_owned()));
        assert_eq!(place(&cursor(&here)).unwrap(), here);
        for bad in ["", "x", "!!!", &BASE64_URL_SAFE_NO_PAD.encode("abc"), &BASE64_URL_SAFE_NO_PAD.encode("1.a\0b")] {
            assert!(place(bad).is_err(), "{bad}");
        }
    }
}
