//! One webhook: what it wants, trying it, its recent deliveries.

use askama::Template;
use axum::response::Response;
use switchboard_api::http::{Failure, WebhookPath};
use switchboard_core::{DeliveryQuery, TrialOutcome};

use super::{deliveries::Line, list::Hook};
use crate::{
    answer::{self, Answer, html},
    frame::Frame,
    text::{Text, fill},
    toast,
    visitor::Member,
};

#[derive(Template)]
#[template(path = "webhooks/detail.html")]
struct Page {
    frame: Frame,
    hook: Hook,
    lines: Vec<Line>,
}

pub(super) async fn page(Member(visitor): Member, WebhookPath(id): WebhookPath) -> Answer {
    let hook = visitor.core().webhook(&visitor.caller, &id).await?;
    let query = DeliveryQuery { webhook: Some(id), limit: Some(50), ..DeliveryQuery::default() };
    let recent = visitor.core().deliveries(&visitor.caller, query).await?;
    let lines = recent.into_iter().map(|delivery| Line::of(visitor.t, delivery)).collect();
    html(&Page { frame: visitor.frame("webhooks"), hook: Hook::of(visitor.t, hook), lines })
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
