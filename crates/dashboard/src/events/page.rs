//! The newest events, and those that come.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf};
use switchboard_core::{Error, EventPage, EventQuery};
use switchboard_model::{Event, SessionId};

use super::item::Item;
use crate::{
    answer::{Answer, html},
    frame::Frame,
    live::{self, Draw},
    visitor::{Member, Visitor},
};

const SHOWN: usize = 100;
/// So far back one looks for them.
const LOOKED_AT: i64 = 1000;
/// Families to choose from.
const KINDS: [&str; 6] = ["session", "message", "call", "contact", "group", "handover"];

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    session: String,
    #[serde(default)]
    kind: String,
    from: Option<i64>,
}

#[derive(Template)]
#[template(path = "events/page.html")]
struct Page {
    frame: Frame,
    session: String,
    kind: String,
    kinds: [&'static str; 6],
    items: Vec<Item>,
    at: i64,
}

pub(super) async fn page(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let at = visitor.core().newest_event().await?;
    let query = EventQuery { session: wanted.session()?, ..EventQuery::default() };
    let items = newest(&visitor, &query, at).await?;
    let items = items.iter().filter(|event| wanted.takes(event)).rev().take(SHOWN);
    let items = items.map(|event| Item::of(visitor.t, event)).collect();
    let Wanted { session, kind, .. } = wanted;
    html(&Page { frame: visitor.frame("events"), session, kind, kinds: KINDS, items, at })
}

pub(super) async fn live(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Result<Response, Failure> {
    let query = EventQuery { session: wanted.session()?, ..EventQuery::default() };
    let from = match wanted.from {
        Some(from) => from,
        None => visitor.core().newest_event().await?,
    };
    Ok(live::stream(visitor, query, from, New(wanted)))
}

impl Wanted {
    fn session(&self) -> Result<Option<SessionId>, Failure> {
        let id = self.session.trim();
        (!id.is_empty()).then(|| id.parse().map_err(|e| Failure::invalid("session", format!("{e}")))).transpose()
    }

    fn takes(&self, event: &Event) -> bool {
        let kind = event.body.kind();
        self.kind.is_empty() || kind.split('.').next() == Some(self.kind.as_str())
    }
}

/// Oldest first. What is forgotten is left out.
async fn newest(visitor: &Visitor, query: &EventQuery, at: i64) -> Result<Vec<Event>, Error> {
    let query = EventQuery { limit: Some(LOOKED_AT as u64), ..query.clone() };
    let after = (at - LOOKED_AT).max(0);
    match visitor.core().events(&visitor.caller, &query, after).await {
        Err(Error::CursorExpired { oldest }) => {
            visitor.core().events(&visitor.caller, &query, oldest).await.map(|page| page.events)
        }
        page => page.map(|page| page.events),
    }
}

struct New(Wanted);

impl Draw for New {
    async fn draw(&mut self, visitor: &Visitor, page: &EventPage) -> Result<Option<String>, Error> {
        let mut html = String::new();
        for event in page.events.iter().filter(|event| self.0.takes(event)) {
            html.push_str(&Item::of(visitor.t, event).render().map_err(Error::internal)?);
        }
        Ok((!html.is_empty()).then_some(html))
    }
}
