//! How the gateway is: what it depends on, and its figures over the last hour.

use std::{collections::BTreeMap, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use askama::Template;
use axum::Json;
use serde_json::Value;
use switchboard_api::{Api, http::Failure};
use switchboard_core::{Core, Error};

use super::history;
use crate::{
    Dashboard,
    answer::{Answer, html},
    frame::Frame,
    text::Text,
    visitor::Member,
};

const EVERY: Duration = Duration::from_secs(5);
/// What is plotted: our own figures, and metrics of the process.
const PLOTTED: [&str; 12] = [
    "memory",
    "sessions",
    "connected",
    "queued",
    "events",
    "sent",
    "received",
    "lost",
    "ack_latency",
    "webhook_pending",
    "webhook_dead",
    "webhook_latency",
];
/// Counters, shown by how much they grow in a second.
const RATES: [(&str, &str); 3] = [
    ("sent", "switchboard_messages_sent_total"),
    ("received", "switchboard_messages_stored_total"),
    ("lost", "switchboard_connections_lost_total"),
];
/// Times, shown by their mean since the last sample.
const MEANS: [(&str, &str, &str); 2] = [
    ("ack_latency", "switchboard_message_ack_seconds_sum", "switchboard_message_ack_seconds_count"),
    ("webhook_latency", "switchboard_webhook_latency_seconds_sum", "switchboard_webhook_latency_seconds_count"),
];

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
        (part(visitor.t, name).to_owned(), word(visitor.t, &status).to_owned(), tone(&status), text(&check["reason"]))
    });
    let status = text(&report["status"]);
    let (frame, tone) = (visitor.frame("system"), tone(&status));
    let status = word(visitor.t, &status).to_owned();
    html(&Page { frame, tone, status, version: text(&report["version"]), checks: checks.collect() })
}

pub(super) async fn samples(Member(visitor): Member) -> Result<Json<Value>, Failure> {
    visitor.caller.require_admin()?;
    Ok(Json(visitor.dashboard.history.columns(&PLOTTED)))
}

/// What the gateway depends on; products go by their own names.
fn part<'a>(t: &'static Text, name: &'a str) -> &'a str {
    match name {
        "database" => t.health_database,
        "bus" => t.health_bus,
        product => product,
    }
}

fn word<'a>(t: &'static Text, status: &'a str) -> &'a str {
    match status {
        "ok" => t.health_ok,
        "degraded" => t.health_degraded,
        "unavailable" => t.health_unavailable,
        "down" => t.health_down,
        other => other,
    }
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
        let mut before = Totals::default();
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

    async fn sample(&self, core: &Core, before: &mut Totals) -> Result<BTreeMap<&'static str, f64>, Error> {
        let text = (self.options.vitals.metrics)();
        let census = core.census().await?;
        let counts = [("sessions", census.sessions), ("connected", census.connected), ("queued", census.waiting)];
        let mut figures: BTreeMap<_, _> = counts.map(|(name, count)| (name, float(count))).into();
        let now = Totals { events: core.newest_event().await?, metrics: Some(text.clone()) };
        now.since(before, &mut figures);
        *before = now;
        let mut put = |name, value: Option<f64>| value.map(|value| figures.insert(name, value));
        put("memory", history::sum(&text, "process_resident_memory_bytes").map(|bytes| bytes / 1_048_576.0));
        put("webhook_pending", history::sum(&text, "switchboard_webhook_pending"));
        put("webhook_dead", history::sum(&text, "switchboard_webhook_dead"));
        Ok(figures)
    }
}

/// What only grows, as it was at one sample.
#[derive(Default)]
struct Totals {
    events: i64,
    metrics: Option<String>,
}

impl Totals {
    fn since(&self, before: &Self, figures: &mut BTreeMap<&'static str, f64>) {
        let (Some(now), Some(then)) = (&self.metrics, &before.metrics) else { return };
        // A counter is there from its first increment on.
        let total = |text: &str, name| history::sum(text, name).unwrap_or_default();
        let grown = |name| total(now, name) - total(then, name);
        figures.insert("events", float(self.events - before.events) / EVERY.as_secs_f64());
        for (figure, counter) in RATES {
            figures.insert(figure, grown(counter) / EVERY.as_secs_f64());
        }
        for (figure, sum, count) in MEANS {
            let count = grown(count);
            if count > 0.0 {
                figures.insert(figure, grown(sum) / count * 1000.0);
            }
        }
    }
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
