//! One webhook: what it wants, trying it, its recent deliveries.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use switchboard_api::http::{Failure, QueryOf, WebhookPath};
use switchboard_core::{DeliveryQuery, Error, EventQuery, TrialOutcome, Webhook};
use switchboard_model::WebhookMode;

use super::{deliveries::LOOK, edit::Fields, line::Line, list::Hook};
use crate::{
    answer::{self, Answer, html},
    frame::Frame,
    live::{self, Begin, Fragment, Whole},
    text::{Text, fill},
    toast,
    visitor::{Member, Visitor},
};

const RECENT: u64 = 50;

#[derive(Template)]
#[template(path = "webhooks/detail.html")]
struct Page {
    frame: Frame,
    top: Top,
    fields: Fields,
    at: i64,
}

/// What is live: all but the form.
#[derive(Template)]
#[template(path = "webhooks/hook.html")]
struct Top {
    t: &'static Text,
    hook: Hook,
    lines: Vec<Line>,
}

pub(super) async fn page(Member(visitor): Member, WebhookPath(id): WebhookPath) -> Answer {
    let at = visitor.core().newest_event().await?;
    let hook = visitor.core().webhook(&visitor.caller, &id).await?;
    let fields = Fields::of(&hook);
    html(&Page { frame: visitor.frame("webhooks"), top: Top::read(&visitor, hook).await?, fields, at })
}

pub(super) async fn live(
    Member(visitor): Member,
    WebhookPath(id): WebhookPath,
    QueryOf(wanted): QueryOf<Begin>,
) -> Result<Response, Failure> {
    let session = visitor.core().webhook(&visitor.caller, &id).await?.session;
    let from = live::start(&visitor, wanted.from).await?;
    Ok(live::stream(visitor, EventQuery { session, ..EventQuery::default() }, from, Whole::new(Watched(id))))
}

struct Watched(String);

impl Fragment for Watched {
    const LOOK: Option<Duration> = Some(LOOK);
    type Drawn = Top;

    async fn read(&self, visitor: &Visitor) -> Result<Top, Error> {
        Top::read(visitor, visitor.core().webhook(&visitor.caller, &self.0).await?).await
    }
}

impl Top {
    async fn read(visitor: &Visitor, hook: Webhook) -> Result<Self, Error> {
        let query = DeliveryQuery { webhook: Some(hook.id.clone()), limit: Some(RECENT), ..DeliveryQuery::default() };
        let recent = visitor.core().deliveries(&visitor.caller, query).await?;
        let lines = recent.into_iter().map(|delivery| Line::of(visitor.t, delivery)).collect();
        Ok(Self { t: visitor.t, hook: Hook::of(visitor.t, hook), lines })
    }
}

impl Page {
    fn modes(&self) -> [(WebhookMode, &'static str); 2] {
        let t = self.frame.t;
        [(WebhookMode::Fifo, t.hook_fifo), (WebhookMode::Parallel, t.hook_parallel)]
    }
}

pub(super) async fn test(Member(visitor): Member, WebhookPath(id): WebhookPath) -> Result<Response, Failure> {
    let outcome = visitor.core().test_webhook(&visitor.caller, &id).await?;
    toast::say(&sentence(visitor.t, &outcome))
}

pub(super) async fn pause(Member(visitor): Member, WebhookPath(id): WebhookPath) -> Result<Response, Failure> {
    visitor.core().pause_webhook(&visitor.caller, &id).await?;
    Ok(answer::lead(&visitor.headers, &format!("/webhooks/{id}")))
}

pub(super) async fn resume(Member(visitor): Member, WebhookPath(id): WebhookPath) -> Result<Response, Failure> {
    visitor.core().resume_webhook(&visitor.caller, &id).await?;
    Ok(answer::lead(&visitor.headers, &format!("/webhooks/{id}")))
}

pub(super) async fn delete(Member(visitor): Member, WebhookPath(id): WebhookPath) -> Result<Response, Failure> {
    visitor.core().delete_webhook(&visitor.caller, &id).await?;
    Ok(answer::lead(&visitor.headers, "/webhooks"))
}

fn sentence(t: &'static Text, outcome: &TrialOutcome) -> String {
    let status = outcome.status.map_or_else(|| t.hook_no_answer.to_owned(), |status| status.to_string());
    match &outcome.error {
        // It names the status itself where there was one.
        Some(error) => fill(t.hook_test_failed, &[error]),
        None => fill(t.hook_test_passed, &[&status, &outcome.latency_ms.to_string()]),
    }
}
