//! Deliveries: on their way, done, given up; and sending them once more.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf, WebhookPath};
use switchboard_core::{Delivery, DeliveryQuery, Replay};
use switchboard_model::{DeliveryState, SessionId};

use crate::{
    answer::{Answer, html},
    form::FormOf,
    frame::Frame,
    text::{Text, fill},
    toast,
    visitor::Member,
};

const ROWS: u64 = 100;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    state: String,
    session: Option<SessionId>,
    /// The last of the page before.
    position: Option<i64>,
    webhook: Option<String>,
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
    state: String,
    session: Option<SessionId>,
    lines: Vec<Line>,
    more: Option<String>,
}

/// A delivery as a line.
pub(super) struct Line {
    pub(super) webhook: String,
    pub(super) position: i64,
    pub(super) session: String,
    pub(super) kind: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) attempts: i64,
    pub(super) next_at: Option<String>,
    pub(super) created_at: String,
    pub(super) answer: Option<String>,
    pub(super) latency: Option<i64>,
    pub(super) error: Option<String>,
    pub(super) settled: bool,
}

pub(super) async fn page(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let before = wanted.position.zip(wanted.webhook);
    let (state, session) = (DeliveryState::parse(&wanted.state), wanted.session);
    let query =
        DeliveryQuery { state, session: session.clone(), before, limit: Some(ROWS), ..DeliveryQuery::default() };
    let found = visitor.core().deliveries(&visitor.caller, query).await?;
    let last = found.last().filter(|_| found.len() as u64 == ROWS);
    let here = address(state.map_or("", DeliveryState::as_str), session.as_ref());
    let more = last.map(|last| format!("{here}&position={}&webhook={}", last.position, last.webhook));
    let lines = found.into_iter().map(|delivery| Line::of(visitor.t, delivery)).collect();
    html(&Page { frame: visitor.frame("deliveries"), state: wanted.state, session, lines, more })
}

impl Page {
    /// The same in another state.
    fn tab(&self, state: &str) -> String {
        address(state, self.session.as_ref())
    }

    fn current(&self, state: &str) -> &'static str {
        if self.state == state { "page" } else { "false" }
    }
}

fn address(state: &str, session: Option<&SessionId>) -> String {
    let session = session.map(|id| format!("&session={id}")).unwrap_or_default();
    format!("/deliveries?state={state}{session}")
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

impl Line {
    pub(super) fn of(t: &'static Text, delivery: Delivery) -> Self {
        let (state, tone) = match delivery.state {
            DeliveryState::Pending => (t.delivery_pending, "busy"),
            DeliveryState::Delivered => (t.delivery_delivered, "good"),
            DeliveryState::Dead => (t.delivery_dead, "bad"),
            DeliveryState::Skipped => (t.delivery_skipped, "idle"),
        };
        let last = delivery.last;
        Self {
            webhook: delivery.webhook,
            position: delivery.position,
            session: delivery.session.to_string(),
            kind: delivery.kind,
            state,
            tone,
            attempts: delivery.attempts,
            next_at: delivery.next_at.map(|at| at.to_string()),
            created_at: delivery.created_at.to_string(),
            answer: last.as_ref().and_then(|last| last.status).map(|status| status.to_string()),
            latency: last.as_ref().map(|last| last.latency_ms),
            error: last.and_then(|last| last.error),
            settled: delivery.state != DeliveryState::Pending,
        }
    }
}
