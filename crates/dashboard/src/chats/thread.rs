//! One conversation: what was said, what is being said, and a field to answer in.

use askama::Template;
use axum::{extract::Path, response::Response};
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf, SessionPath};
use switchboard_core::{Error, EventPage, EventQuery, MessageQuery, SendMessage};
use switchboard_model::{Content, Event, EventBody, Jid, MessageId, Party, SessionId};

use super::bubble::Bubble;
use crate::{
    answer::{Answer, html},
    form::FormOf,
    frame::Frame,
    live::{self, Draw},
    sessions::Tabs,
    show,
    visitor::{Member, Visitor},
};

const SHOWN: u64 = 60;

#[derive(Deserialize)]
pub(super) struct Wanted {
    from: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct NewMessage {
    text: String,
}

#[derive(Template)]
#[template(path = "chats/thread.html")]
struct Page {
    frame: Frame,
    tabs: Tabs,
    jid: String,
    name: String,
    bubbles: Vec<Bubble>,
    at: i64,
}

type Place = (String, String);

pub(super) async fn page(Member(visitor): Member, SessionPath(id): SessionPath, Path(place): Path<Place>) -> Answer {
    let (core, caller, jid) = (visitor.core(), &visitor.caller, chat(&place)?);
    let at = core.newest_event().await?;
    let view = core.session(caller, &id).await?;
    let query = MessageQuery { chat: Some(jid.clone()), limit: Some(SHOWN), ..MessageQuery::default() };
    let mut messages = core.messages(caller, &id, query).await?.messages;
    messages.reverse();
    let known = messages.last().map(|newest| &newest.message.chat);
    let name = known.map_or_else(|| show::party(&Party::from(jid.clone())), show::party);
    let bubbles = messages.iter().map(|message| Bubble::of(visitor.t, message)).collect();
    let (frame, tabs) = (visitor.frame("sessions"), Tabs::of(&visitor, &view, "chats"));
    html(&Page { frame, tabs, jid: jid.to_string(), name, bubbles, at })
}

/// The message as it waits; its page learns what becomes of it by itself.
pub(super) async fn send(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path(place): Path<Place>,
    FormOf(new): FormOf<NewMessage>,
) -> Answer {
    let content = Content::Text { text: new.text };
    let order = SendMessage {
        to: chat(&place)?,
        content,
        context: Default::default(),
        idempotency_key: None,
        only_when_connected: false,
    };
    let accepted = visitor.core().send(&visitor.caller, &id, order).await?;
    html(&Bubble::of(visitor.t, &visitor.core().message(&visitor.caller, &id, &accepted.id).await?))
}

pub(super) async fn live(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    Path(place): Path<Place>,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Response, Failure> {
    let chat = chat(&place)?;
    let from = match wanted.from {
        Some(from) => from,
        None => visitor.core().newest_event().await?,
    };
    let query = EventQuery { session: Some(id.clone()), ..EventQuery::default() };
    Ok(live::stream(visitor, query, from, Said { session: id, chat }))
}

fn chat((_, jid): &Place) -> Result<Jid, Failure> {
    jid.parse().map_err(|_| Error::not_found("chat", jid.chars().take(64).collect::<String>()).into())
}

struct Said {
    session: SessionId,
    chat: Jid,
}

impl Draw for Said {
    async fn draw(&mut self, visitor: &Visitor, page: &EventPage) -> Result<Option<String>, Error> {
        let ours = page.events.iter().filter(|event| event.body.chat().is_some_and(|chat| chat.jid == self.chat));
        let mut html = String::new();
        for id in ours.filter_map(message) {
            match visitor.core().message(&visitor.caller, &self.session, id).await {
                Ok(view) => html.push_str(&Bubble::of(visitor.t, &view).render().map_err(Error::internal)?),
                // Forgotten in the meantime.
                Err(Error::NotFound { kind: "message", .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok((!html.is_empty()).then_some(html))
    }
}

fn message(event: &Event) -> Option<&MessageId> {
    match &event.body {
        EventBody::MessageReceived(message) | EventBody::MessageSent(message) => Some(&message.id),
        EventBody::MessageStatusChanged { id, .. } => Some(id),
        _ => None,
    }
}
