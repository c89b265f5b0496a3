//! All sessions of the visitor, a page at a time, live.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf};
use switchboard_core::{Error, EventPage, EventQuery, SessionQuery, SessionView};
use switchboard_model::SessionId;

use super::row::{self, Row};
use crate::{
    answer::{Answer, html},
    frame::Frame,
    live::{self, Draw},
    visitor::Visitor,
};

const ROWS: usize = 100;
/// So many are looked at in one question when somebody searches.
const SEARCHED: u64 = 1000;

#[derive(Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    q: String,
    after: Option<SessionId>,
    /// Where the stream begins.
    from: Option<i64>,
}

#[derive(Template)]
#[template(path = "sessions/list.html")]
struct Page {
    frame: Frame,
    rows: Rows,
    /// The event before which this is what there is.
    at: i64,
}

/// Lines of the table, and where the next ones begin.
#[derive(Template)]
#[template(path = "sessions/rows.html")]
struct Rows {
    frame: Frame,
    q: String,
    rows: Vec<Row>,
    next: Option<SessionId>,
}

pub(crate) async fn page(visitor: Visitor, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let at = visitor.core().newest_event().await?;
    let rows = Rows::read(&visitor, wanted).await?;
    html(&Page { frame: visitor.frame("sessions"), rows, at })
}

pub(super) async fn rows(visitor: Visitor, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    html(&Rows::read(&visitor, wanted).await?)
}

pub(super) async fn live(visitor: Visitor, QueryOf(wanted): QueryOf<Wanted>) -> Result<Response, Failure> {
    let from = live::start(&visitor, wanted.from).await?;
    let kinds =
        ["session.created", "session.state", "session.paired", "session.deleted", "message.received", "chat.updated"];
    let query = EventQuery { kinds: Some(kinds.map(str::to_owned).to_vec()), ..EventQuery::default() };
    Ok(live::stream(visitor, query, from, Changed))
}

impl Page {
    /// The first session may be made elsewhere while one looks.
    fn none(&self) -> bool {
        self.rows.rows.is_empty() && self.rows.q.is_empty()
    }
}

impl Rows {
    async fn read(visitor: &Visitor, wanted: Wanted) -> Result<Self, Failure> {
        let q = wanted.q.trim().to_lowercase();
        let (found, next) =
            if q.is_empty() { some(visitor, wanted.after).await? } else { search(visitor, &q, wanted.after).await? };
        let rows = found.iter().map(|view| Row::of(visitor.t, view)).collect();
        Ok(Self { frame: visitor.frame("sessions"), q: wanted.q, rows, next })
    }

    fn more(&self) -> Option<String> {
        let next = self.next.as_ref()?;
        let q: String = url::form_urlencoded::byte_serialize(self.q.as_bytes()).collect();
        Some(format!("/sessions/rows?q={q}&after={next}"))
    }
}

type Found = (Vec<SessionView>, Option<SessionId>);

async fn some(visitor: &Visitor, after: Option<SessionId>) -> Result<Found, Error> {
    let query = SessionQuery { after, limit: Some(ROWS as u64), ..SessionQuery::default() };
    let page = visitor.core().session_overview(&visitor.caller, query).await?;
    Ok((page.sessions, page.next))
}

/// Names are few enough to be looked through.
async fn search(visitor: &Visitor, q: &str, mut after: Option<SessionId>) -> Result<Found, Error> {
    let digits: String = q.chars().filter(char::is_ascii_digit).collect();
    let mut found = Vec::new();
    loop {
        let query = SessionQuery { after: after.take(), limit: Some(SEARCHED), ..SessionQuery::default() };
        let page = visitor.core().session_overview(&visitor.caller, query).await?;
        for view in page.sessions.into_iter().filter(|view| row::matches(view, q, &digits)) {
            found.push(view);
            if found.len() == ROWS {
                let next = found.last().map(|view| view.session.id.clone());
                return Ok((found, next));
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok((found, None)),
        }
    }
}

/// Draws the lines of the sessions that something happened to.
struct Changed;

impl Draw for Changed {
    async fn draw(&mut self, visitor: &Visitor, page: &EventPage) -> Result<Option<String>, Error> {
        let ids: BTreeSet<_> = page.events.iter().map(|event| &event.session).collect();
        let mut html = String::new();
        for id in ids {
            match visitor.core().session(&visitor.caller, id).await {
                Ok(view) => html.push_str(&Row::of(visitor.t, &view).render().map_err(Error::internal)?),
                Err(Error::NotFound { .. }) => html.push_str(&row::gone(id)),
                Err(other) => return Err(other),
            }
        }
        Ok(Some(html))
    }
}
