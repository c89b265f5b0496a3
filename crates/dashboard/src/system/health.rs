//! How the gateway is: what it depends on, and its figures over the last hour.

use std::{collections::BTreeMap, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use askama::Template;
use axum::Json;
use serde_json::Value;
use switchboard_api::{Api, http::Failure};
use switchboard_core::{Caller, Core, Error, SessionQuery};

use super::history;
use crate::{
    Dashboard,
    answer::{Answer, html},
    frame::Frame,
    visitor::Member,
};

const EVERY: Duration = Duration::from_secs(5);
/// What is plotted: our own figures, and metrics of the process.
const PLOTTED: [&str; 8] =
    ["memory", "sessions", "connected", "queued", "events", "webhook_pending", "webhook_dead", "webhook_latency"];

type Report = Pin<Box<dyn Future<Output = Value> + Send>>;

/// Where the figures come from.
#[derive(Clone)]
pub struct Vitals {
    /// The metrics in the Prometheus text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// What `/health` says.
    pub health: Arc<dyn Fn() -> Report + Send + Sync>,
}

#[derive(Template)]
#[template(path = "system/health.html")]
struct Page {
    frame: Frame,
    status: String,
    tone: &'static str,
    version: String,
    checks: Vec<(String, String, &'static str, String)>,
}

pub(super) async fn page(Member(visitor): Member) -> Answer {
    visitor.caller.require_admin()?;
    let report = (visitor.dashboard.options.vitals.health)().await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = report["checks"].as_object().into_iter().flatten();
    let checks = checks.map(|(name, check)| {
        let status = text(&check["status"]);
        (name.clone(), status.clone(), tone(&status), text(&check["reason"]))
    });
    let status = text(&report["status"]);
    let (frame, tone) = (visitor.frame("system"), tone(&status));
    html(&Page { frame, tone, status, version: text(&report["version"]), checks: checks.collect() })
}

pub(super) async fn samples(Member(visitor): Member) -> Result<Json<Value>, Failure> {
    visitor.caller.require_admin()?;
    Ok(Json(visitor.dashboard.history.columns(&PLOTTED)))
}

fn tone(status: &str) -> &'static str {
    match status {
        "ok" => "good",
        "degraded" => "wait",
        _ => "bad",
    }
}

impl Dashboard {
    /// Samples until the gateway stops. Once for all listeners.
    pub async fn watch(self, api: Api) {
        let mut tick = tokio::time::interval(EVERY);
        let stop = api.stop().clone();
        let mut before = None;
        loop {
            tokio::select! {
                _ = tick.tick() => match self.sample(api.core(), &mut before).await {
                    Ok(figures) => self.history.add(api.core().time().secs(), figures),
                    // `/health` tells of a database that does not answer.
                    Err(error) => tracing::debug!(%error, "no sample"),
                },
                () = stop.cancelled() => return,
            }
        }
    }

    async fn sample(&self, core: &Core, before: &mut Option<i64>) -> Result<BTreeMap<&'static str, f64>, Error> {
        let text = (self.options.vitals.metrics)();
        let mut figures = of_sessions(core).await?;
        let newest = core.newest_event().await?;
        if let Some(before) = before.replace(newest) {
            figures.insert("events", float(newest - before) / EVERY.as_secs_f64());
        }
        let mut put = |name, value: Option<f64>| value.map(|value| figures.insert(name, value));
        put("memory", history::sum(&text, "process_resident_memory_bytes").map(|bytes| bytes / 1_048_576.0));
        put("webhook_pending", history::sum(&text, "switchboard_webhook_pending"));
        put("webhook_dead", history::sum(&text, "switchboard_webhook_dead"));
        let spent = history::sum(&text, "switchboard_webhook_latency_seconds_sum");
        let count = history::sum(&text, "switchboard_webhook_latency_seconds_count").filter(|count| *count > 0.0);
        put("webhook_latency", spent.zip(count).map(|(spent, count)| spent / count * 1000.0));
        Ok(figures)
    }
}

async fn of_sessions(core: &Core) -> Result<BTreeMap<&'static str, f64>, Error> {
    let (mut sessions, mut connected, mut queued) = (0, 0, 0);
    let mut query = SessionQuery::default();
    loop {
        let page = core.session_overview(&Caller::System, query.clone()).await?;
        for view in page.sessions {
            sessions += 1;
            connected += i64::from(view.session.state.is_connected());
            queued += view.queued;
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    Ok(BTreeMap::from([("sessions", float(sessions)), ("connected", float(connected)), ("queued", float(queued))]))
}

#[expect(clippy::cast_precision_loss, reason = "a plot shows no more digits than a float has")]
fn float(count: i64) -> f64 {
    count as f64
}

impl fmt::Debug for Vitals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vitals")
    }
}

impl Default for Vitals {
    /// Of a gateway that measures nothing.
    fn default() -> Self {
        Self { metrics: Arc::new(String::new), health: Arc::new(|| Box::pin(async { Value::Null })) }
    }
}
