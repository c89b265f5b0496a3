//! The newest events and those that come, or the ones before those.

use askama::Template;
use axum::response::Response;
use switchboard_api::http::{Failure, QueryOf};
use switchboard_core::{Error, EventPage, EventQuery, paging};

use super::{
    filter::{Family, Wanted, families},
    item::Item,
};
use crate::{
    answer::{Answer, html},
    frame::Frame,
    live::{self, Draw},
    visitor::{Member, Visitor},
};

const SHOWN: u64 = 100;

#[derive(Template)]
#[template(path = "events/page.html")]
struct Page {
    frame: Frame,
    wanted: Wanted,
    families: Vec<Family>,
    items: Vec<Item>,
    /// The last one shown, where there may be more behind it.
    older: Option<i64>,
    at: i64,
}

pub(super) async fn page(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let at = visitor.core().newest_event().await?;
    let query = EventQuery { limit: Some(SHOWN), ..wanted.query()? };
    let before = wanted.before.unwrap_or_else(|| at.saturating_add(1));
    let events = visitor.core().events_before(&visitor.caller, &query, before).await?;
    let older = paging::last_if_full(&events, SHOWN).map(|last| last.position);
    let items = events.iter().map(|event| Item::of(visitor.t, event)).collect();
    html(&Page { frame: visitor.frame("events"), wanted, families: families(), items, older, at })
}

pub(super) async fn live(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Result<Response, Failure> {
    let (query, from) = (wanted.query()?, live::start(&visitor, wanted.from).await?);
    Ok(live::stream(visitor, query, from, New))
}

struct New;

impl Draw for New {
    async fn draw(&mut self, visitor: &Visitor, page: &EventPage) -> Result<Option<String>, Error> {
        let mut html = String::new();
        for event in &page.events {
            html.push_str(&Item::of(visitor.t, event).render().map_err(Error::internal)?);
        }
        Ok((!html.is_empty()).then_some(html))
    }
}
