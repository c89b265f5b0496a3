//! The conversations, the one last written in first.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf, SessionPath};
use switchboard_core::{ChatQuery, ChatView, Error, EventQuery};
use switchboard_model::{AddressError, Jid, SessionId};

use super::carried::gist;
use crate::{
    answer::{self, Answer},
    frame::Frame,
    live::{self, Fragment, Whole},
    sessions::Tabs,
    show,
    text::Text,
    visitor::{Member, Visitor},
};

const SHOWN: u64 = 100;

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
    /// What somebody wants to write to, and why that cannot be.
    to: String,
    problem: Option<&'static str>,
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
    let to = wanted.to.unwrap_or_default();
    let problem = match to.parse::<Jid>() {
        Ok(jid) => return Ok(answer::lead(&visitor.headers, &format!("/sessions/{id}/chats/{jid}"))),
        Err(AddressError::Empty) => None,
        Err(error) => Some(show::address_error(visitor.t, &error)),
    };
    let page = Page::read(&visitor, &id, to, problem).await?;
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(answer::page(status, page.render().map_err(Error::internal)?))
}

pub(super) async fn live(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Response, Failure> {
    visitor.core().session(&visitor.caller, &id).await?;
    let from = live::start(&visitor, wanted.from).await?;
    let kinds = ["message.received", "message.sent", "message.edited", "message.revoked", "chat.updated"];
    let kinds = Some(kinds.map(str::to_owned).to_vec());
    Ok(live::stream(visitor, EventQuery { session: Some(id.clone()), kinds, limit: None }, from, Whole::new(Moved(id))))
}

/// Something was written or read.
struct Moved(SessionId);

impl Fragment for Moved {
    type Drawn = List;

    async fn read(&self, visitor: &Visitor) -> Result<List, Error> {
        List::read(visitor, &self.0).await
    }
}

impl Page {
    async fn read(visitor: &Visitor, id: &SessionId, to: String, problem: Option<&'static str>) -> Result<Self, Error> {
        let at = visitor.core().newest_event().await?;
        let view = visitor.core().session(&visitor.caller, id).await?;
        let list = List::read(visitor, id).await?;
        let (frame, tabs) = (visitor.frame("sessions"), Tabs::of(visitor, &view, "chats"));
        Ok(Self { frame, tabs, list, at, to, problem })
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
