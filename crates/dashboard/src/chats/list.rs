//! The conversations, the one last written in first.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf, SessionPath};
use switchboard_core::{ChatQuery, ChatView, Error, EventPage, EventQuery};
use switchboard_model::{AddressError, Jid, SessionId};

use super::carried::gist;
use crate::{
    answer::{self, Answer, html},
    frame::Frame,
    live::{self, Draw},
    sessions::Tabs,
    show,
    text::Text,
    visitor::{Member, Visitor},
};

const SHOWN: u64 = 100;
/// Where much is written the list is drawn no more often.
const REST: Duration = Duration::from_millis(300);

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// A number to write to.
    to: Option<String>,
    /// Where the stream begins.
    from: Option<i64>,
}

#[derive(Template)]
#[template(path = "chats/list.html")]
struct Page {
    frame: Frame,
    tabs: Tabs,
    list: List,
    at: i64,
}

#[derive(Template)]
#[template(path = "chats/rows.html")]
struct List {
    t: &'static Text,
    session: SessionId,
    chats: Vec<Chat>,
}

struct Chat {
    jid: String,
    name: String,
    last: String,
    from_me: bool,
    at: String,
    unread: u32,
}

pub(super) async fn page(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Answer {
    if let Some(to) = wanted.to.filter(|to| !to.trim().is_empty()) {
        let jid: Jid = to.parse().map_err(|e: AddressError| Failure::invalid("phone number", e.to_string()))?;
        return Ok(answer::lead(&visitor.headers, &format!("/sessions/{id}/chats/{jid}")));
    }
    let at = visitor.core().newest_event().await?;
    let view = visitor.core().session(&visitor.caller, &id).await?;
    let list = List::read(&visitor, &id).await?;
    html(&Page { frame: visitor.frame("sessions"), tabs: Tabs::of(&visitor, &view, "chats"), list, at })
}

pub(super) async fn live(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Response, Failure> {
    visitor.core().session(&visitor.caller, &id).await?;
    let from = match wanted.from {
        Some(from) => from,
        None => visitor.core().newest_event().await?,
    };
    let kinds = ["message.received", "message.sent", "message.edited", "message.revoked", "chat.updated"];
    let kinds = Some(kinds.map(str::to_owned).to_vec());
    Ok(live::stream(visitor, EventQuery { session: Some(id.clone()), kinds, limit: None }, from, Moved(id)))
}

/// Something was written or read.
struct Moved(SessionId);

impl Draw for Moved {
    async fn draw(&mut self, visitor: &Visitor, _: &EventPage) -> Result<Option<String>, Error> {
        tokio::time::sleep(REST).await;
        List::read(visitor, &self.0).await?.render().map(Some).map_err(Error::internal)
    }
}

impl List {
    async fn read(visitor: &Visitor, id: &SessionId) -> Result<Self, Error> {
        let query = ChatQuery { limit: Some(SHOWN), ..ChatQuery::default() };
        let chats = visitor.core().chats(&visitor.caller, id, query).await?.chats;
        let chats = chats.iter().map(|chat| Chat::of(visitor.t, chat)).collect();
        Ok(Self { t: visitor.t, session: id.clone(), chats })
    }
}

impl Chat {
    fn of(t: &'static Text, view: &ChatView) -> Self {
        let ChatView { chat, last, .. } = view;
        let newest = last.as_ref().map(|view| &view.message);
        Self {
            jid: chat.party.jid.to_string(),
            name: chat.name.clone().unwrap_or_else(|| show::party(&chat.party)),
            last: newest.map(|message| gist(t, &message.content)).unwrap_or_default(),
            from_me: newest.is_some_and(|message| message.from_me),
            at: chat.last_at.map(|at| at.to_string()).unwrap_or_default(),
            unread: chat.unread,
        }
    }
}
