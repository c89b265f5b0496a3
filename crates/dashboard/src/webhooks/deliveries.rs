//! Deliveries: on their way, done, given up; and sending them once more.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf, WebhookPath};
use switchboard_core::{DeliveryQuery, Error, EventQuery, Replay, paging};
use switchboard_model::{DeliveryState, SessionId};
use url::form_urlencoded::Serializer;

use super::line::Line;
use crate::{
    answer::{Answer, html},
    form::FormOf,
    frame::Frame,
    live::{self, Fragment, Whole},
    text::{Text, fill},
    toast,
    visitor::{Member, Visitor},
};

const ROWS: u64 = 100;
/// How an attempt went is no event.
pub(super) const LOOK: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    state: String,
    session: Option<SessionId>,
    /// The last of the page before.
    position: Option<i64>,
    webhook: Option<String>,
    /// Where the stream begins.
    from: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Which {
    /// Absent for all that were given up.
    position: Option<i64>,
}

#[derive(Template)]
#[template(path = "webhooks/deliveries.html")]
struct Page {
    frame: Frame,
    wanted: Wanted,
    list: List,
    at: i64,
}

#[derive(Template)]
#[template(path = "webhooks/delivered.html")]
pub(super) struct List {
    t: &'static Text,
    lines: Vec<Line>,
    more: Option<String>,
}

pub(super) async fn page(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    if let Some(session) = &wanted.session {
        visitor.core().session(&visitor.caller, session).await?;
    }
    let at = visitor.core().newest_event().await?;
    let list = wanted.read(&visitor).await?;
    html(&Page { frame: visitor.frame("deliveries"), wanted, list, at })
}

pub(super) async fn live(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Result<Response, Failure> {
    let from = live::start(&visitor, wanted.from).await?;
    let query = EventQuery { session: wanted.session.clone(), ..EventQuery::default() };
    Ok(live::stream(visitor, query, from, Whole::new(wanted)))
}

pub(super) async fn replay(
    Member(visitor): Member,
    WebhookPath(webhook): WebhookPath,
    FormOf(which): FormOf<Which>,
) -> Result<Response, Failure> {
    let which = which.position.map_or(Replay::Dead, Replay::One);
    let count = visitor.core().replay_deliveries(&visitor.caller, &webhook, which).await?;
    toast::say(&fill(visitor.t.replayed, &[&count.to_string()]))
}

impl Fragment for Wanted {
    const LOOK: Option<Duration> = Some(LOOK);
    type Drawn = List;

    async fn read(&self, visitor: &Visitor) -> Result<List, Error> {
        let (session, before) = (self.session.clone(), self.before());
        let query =
            DeliveryQuery { state: self.state(), session, before, limit: Some(ROWS), ..DeliveryQuery::default() };
        let found = visitor.core().deliveries(&visitor.caller, query).await?;
        let last = paging::last_if_full(&found, ROWS);
        let more = last.map(|last| self.address("/deliveries", Some((last.position, last.webhook.clone()))));
        let lines = found.into_iter().map(|delivery| Line::of(visitor.t, delivery)).collect();
        Ok(List { t: visitor.t, lines, more })
    }
}

impl Wanted {
    fn state(&self) -> Option<DeliveryState> {
        DeliveryState::parse(&self.state)
    }

    fn before(&self) -> Option<(i64, String)> {
        self.position.zip(self.webhook.clone())
    }

    fn address(&self, place: &str, before: Option<(i64, String)>) -> String {
        address(place, self.state().map_or("", DeliveryState::as_str), self.session.as_ref(), before)
    }
}

impl Page {
    /// The same in another state.
    fn tab(&self, state: &str) -> String {
        address("/deliveries", state, self.wanted.session.as_ref(), None)
    }

    fn live(&self) -> String {
        format!("{}&from={}", self.wanted.address("/deliveries/live", self.wanted.before()), self.at)
    }

    fn current(&self, state: &str) -> &'static str {
        if self.wanted.state == state { "page" } else { "false" }
    }
}

fn address(place: &str, state: &str, session: Option<&SessionId>, before: Option<(i64, String)>) -> String {
    let start = format!("{place}?");
    let mut query = Serializer::for_suffix(start.clone(), start.len());
    query.append_pair("state", state);
    if let Some(session) = session {
        query.append_pair("session", session.as_str());
    }
    if let Some((position, webhook)) = before {
        query.append_pair("position", &position.to_string()).append_pair("webhook", &webhook);
    }
    query.finish()
}
