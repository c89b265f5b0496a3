//! What somebody writes, and does to what was written. The page learns what becomes of it by itself.

use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use switchboard_api::http::{Failure, SessionPath};
use switchboard_core::{Accepted, SendMessage};
use switchboard_model::{Content, Context, MessageId, MessageRef, Quote, SessionId};

use super::{Place, bubble::Bubble, chat};
use crate::{
    answer::{Answer, html},
    form::FormOf,
    visitor::{Member, Visitor},
};

#[derive(Deserialize)]
pub(super) struct NewText {
    text: String,
    /// The message that this one answers.
    #[serde(default)]
    reply_to: String,
    /// The message whose words these replace.
    #[serde(default)]
    edit: String,
}

#[derive(Deserialize)]
pub(super) struct NewReaction {
    target: String,
    /// Empty to take the last one back.
    emoji: String,
}

#[derive(Deserialize)]
pub(super) struct Deletion {
    target: String,
}

pub(super) async fn text(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path(place): Path<Place>,
    FormOf(new): FormOf<NewText>,
) -> Answer {
    if !new.edit.is_empty() {
        let edit = Content::Edit { target: named(new.edit), text: new.text };
        send(&visitor, &id, &place, edit, Context::default()).await?;
        return Ok(axum::response::IntoResponse::into_response(StatusCode::NO_CONTENT));
    }
    let content = Content::Text { text: new.text };
    let accepted = send(&visitor, &id, &place, content, answering(new.reply_to)).await?;
    shown(&visitor, &id, &accepted).await
}

pub(super) async fn reaction(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path(place): Path<Place>,
    FormOf(new): FormOf<NewReaction>,
) -> Result<StatusCode, Failure> {
    let content = Content::Reaction { target: named(new.target), emoji: new.emoji };
    send(&visitor, &id, &place, content, Context::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn deletion(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path(place): Path<Place>,
    FormOf(deletion): FormOf<Deletion>,
) -> Result<StatusCode, Failure> {
    let content = Content::Revoke { target: named(deletion.target) };
    send(&visitor, &id, &place, content, Context::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells the others that everything was read.
pub(super) async fn read(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path(place): Path<Place>,
) -> Result<StatusCode, Failure> {
    visitor.core().mark_chat_read(&visitor.caller, &id, &chat(&place)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn send(
    visitor: &Visitor,
    id: &SessionId,
    place: &Place,
    content: Content,
    context: Context,
) -> Result<Accepted, Failure> {
    let order = SendMessage { to: chat(place)?, content, context, idempotency_key: None, only_when_connected: false };
    Ok(visitor.core().send(&visitor.caller, id, order).await?)
}

/// The message as it waits.
pub(super) async fn shown(visitor: &Visitor, id: &SessionId, accepted: &Accepted) -> Answer {
    html(&Bubble::of(visitor.t, &visitor.core().message(&visitor.caller, id, &accepted.id).await?).once())
}

pub(super) fn answering(reply_to: String) -> Context {
    let quoted = Some(reply_to).filter(|id| !id.is_empty()).map(|id| Quote { message: named(id), content: None });
    Context { quoted, ..Context::default() }
}

fn named(id: String) -> MessageRef {
    MessageRef::named(MessageId(id))
}
