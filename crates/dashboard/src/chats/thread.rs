//! One conversation: what was said, what is being said, and a field to answer in.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::Path, response::Response};
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf, SessionPath};
use switchboard_core::{Error, EventPage, EventQuery, MessageQuery, MessageView};
use switchboard_model::{Chat, EventBody, Jid, MessageId, MessageStatus, Party, SessionId, Timestamp};

use super::{Place, bubble::Bubble, chat};
use crate::{
    answer::{Answer, html},
    frame::Frame,
    live::{self, Begin, Draw},
    sessions::Tabs,
    show,
    text::{Text, fill},
    visitor::{Member, Visitor},
};

const SHOWN: u64 = 60;

/// The oldest message that is shown already.
#[derive(Deserialize)]
pub(super) struct Before {
    at: i64,
    id: String,
}

#[derive(Template)]
#[template(path = "chats/thread.html")]
struct Page {
    frame: Frame,
    tabs: Tabs,
    jid: String,
    title: Title,
    said: Said,
    at: i64,
}

/// Whom the conversation is with.
struct Title {
    name: String,
    /// What is worth knowing beside the name.
    about: String,
    unread: Unread,
}

/// How much of it nobody has read yet, and the means to say that it was.
#[derive(Template)]
#[template(path = "chats/unread.html")]
struct Unread {
    t: &'static Text,
    place: String,
    count: u32,
}

/// A stretch of the conversation, and the way to what was before it.
#[derive(Template)]
#[template(path = "chats/said.html")]
struct Said {
    t: &'static Text,
    bubbles: Vec<Bubble>,
    older: Option<String>,
}

pub(super) async fn page(Member(visitor): Member, SessionPath(id): SessionPath, Path(place): Path<Place>) -> Answer {
    let (core, jid) = (visitor.core(), chat(&place)?);
    let at = core.newest_event().await?;
    let view = core.session(&visitor.caller, &id).await?;
    let (said, party) = Said::read(&visitor, &id, &jid, None).await?;
    let title = Title::of(&visitor, &id, &jid, &party.unwrap_or_else(|| Party::from(jid.clone()))).await?;
    let (frame, tabs) = (visitor.frame("sessions"), Tabs::of(&visitor, &view, "chats"));
    html(&Page { frame, tabs, jid: jid.to_string(), title, said, at })
}

pub(super) async fn older(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path(place): Path<Place>,
    QueryOf(before): QueryOf<Before>,
) -> Answer {
    let before = (Timestamp::from_millis(before.at), MessageId(before.id));
    let (said, _) = Said::read(&visitor, &id, &chat(&place)?, Some(before)).await?;
    html(&said)
}

pub(super) async fn live(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path(place): Path<Place>,
    QueryOf(wanted): QueryOf<Begin>,
) -> Result<Response, Failure> {
    let chat = chat(&place)?;
    visitor.core().session(&visitor.caller, &id).await?;
    let from = live::start(&visitor, wanted.from).await?;
    let query = EventQuery { session: Some(id.clone()), ..EventQuery::default() };
    Ok(live::stream(visitor, query, from, Talk { session: id, chat }))
}

impl Title {
    /// As the list of chats has it; a group's size is the network's to tell.
    async fn of(visitor: &Visitor, id: &SessionId, jid: &Jid, party: &Party) -> Result<Self, Error> {
        let known = known(visitor, id, jid).await?;
        let mut name = known.as_ref().and_then(|chat| chat.name.clone()).unwrap_or_else(|| show::party(party));
        let mut about = party.jid.to_string();
        if let Jid::Group(group) = jid
            && let Ok(found) = visitor.core().group(&visitor.caller, id, group).await
        {
            about = fill(visitor.t.chat_members, &[&found.group.size.to_string()]);
            name = found.group.subject;
        }
        Ok(Self { name, about, unread: Unread::of(visitor.t, id, jid, known.as_ref()) })
    }
}

impl Unread {
    fn of(t: &'static Text, id: &SessionId, jid: &Jid, chat: Option<&Chat>) -> Self {
        Self { t, place: format!("/sessions/{id}/chats/{jid}"), count: chat.map_or(0, |chat| chat.unread) }
    }
}

/// Nothing where nothing was ever said.
async fn known(visitor: &Visitor, id: &SessionId, jid: &Jid) -> Result<Option<Chat>, Error> {
    match visitor.core().chat(&visitor.caller, id, jid).await {
        Ok(view) => Ok(Some(view.chat)),
        Err(Error::NotFound { kind: "chat", .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

impl Said {
    /// Newest last; with the other party under all its names, where something was said.
    async fn read(
        visitor: &Visitor,
        id: &SessionId,
        jid: &Jid,
        before: Option<(Timestamp, MessageId)>,
    ) -> Result<(Self, Option<Party>), Error> {
        let query = MessageQuery { chat: Some(jid.clone()), limit: Some(SHOWN), before, ..MessageQuery::default() };
        let page = visitor.core().messages(&visitor.caller, id, query).await?;
        let party = page.messages.first().map(|newest| newest.message.chat.clone());
        let bubbles = page.messages.iter().rev().filter(|view| is_said(view)).map(|view| Bubble::of(visitor.t, view));
        let older = page.next.map(|(at, MessageId(last))| {
            let last: String = url::form_urlencoded::byte_serialize(last.as_bytes()).collect();
            format!("/sessions/{id}/chats/{jid}/older?at={}&id={last}", at.millis())
        });
        Ok((Self { t: visitor.t, bubbles: bubbles.collect(), older }, party))
    }
}

/// What changes or judges another message shows on that one.
fn is_said(view: &MessageView) -> bool {
    view.message.content.target().is_none()
}

struct Talk {
    session: SessionId,
    chat: Jid,
}

impl Draw for Talk {
    async fn draw(&mut self, visitor: &Visitor, page: &EventPage) -> Result<Option<String>, Error> {
        let ours = page.events.iter().filter(|event| event.body.chat().is_some_and(|chat| chat.is_called(&self.chat)));
        let mut touched = BTreeMap::new();
        for (at, (id, new)) in ours.filter_map(|event| touches(&event.body)).enumerate() {
            let (_, known) = touched.entry(id).or_insert((at, new));
            *known |= new;
        }
        let mut touched: Vec<_> = touched.into_iter().map(|(id, (at, new))| (at, id, new)).collect();
        touched.sort_unstable();
        let mut html = String::new();
        for (_, id, new) in touched {
            if let Some(bubble) = self.bubble(visitor, id).await? {
                let bubble = if new { bubble } else { bubble.again() };
                html.push_str(&bubble.render().map_err(Error::internal)?);
            }
        }
        if page.events.iter().any(|event| self.moves_unread(&event.body)) {
            let chat = known(visitor, &self.session, &self.chat).await?;
            let unread = Unread::of(visitor.t, &self.session, &self.chat, chat.as_ref());
            html.push_str(&unread.render().map_err(Error::internal)?);
        }
        Ok((!html.is_empty()).then_some(html))
    }
}

impl Talk {
    fn moves_unread(&self, body: &EventBody) -> bool {
        let counts = matches!(body, EventBody::ChatUpdated(_) | EventBody::MessageReceived(_));
        counts && body.chat().is_some_and(|chat| chat.is_called(&self.chat))
    }

    async fn bubble(&self, visitor: &Visitor, id: &MessageId) -> Result<Option<Bubble>, Error> {
        match visitor.core().message(&visitor.caller, &self.session, id).await {
            Ok(view) => Ok(is_said(&view).then(|| Bubble::of(visitor.t, &view))),
            // Forgotten in the meantime.
            Err(Error::NotFound { kind: "message", .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

/// The message that looks different after this, and whether it may not be shown yet.
fn touches(body: &EventBody) -> Option<(&MessageId, bool)> {
    match body {
        EventBody::MessageReceived(message) | EventBody::MessageSent(message) => Some((&message.id, true)),
        EventBody::MessageStatusChanged { id, status, .. } => Some((id, *status == MessageStatus::Failed)),
        other => other.message()?.content.target().map(|target| (&target.id, false)),
    }
}
