//! What waits and what was given up, for each webhook, as metrics.

use std::{collections::HashSet, time::Duration};

use switchboard_core::{Backlog, Desk};

const EVERY: Duration = Duration::from_secs(15);

/// Until it is dropped.
pub(crate) async fn keep(desk: Desk) {
    describe();
    let mut shown = HashSet::new();
    loop {
        if let Ok(backlogs) = desk.backlog().await {
            show(&desk, &backlogs, &mut shown);
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn show(desk: &Desk, backlogs: &[Backlog], shown: &mut HashSet<String>) {
    let now: HashSet<String> = backlogs.iter().map(|backlog| backlog.webhook.clone()).collect();
    for webhook in shown.difference(&now) {
        set(webhook, 0, 0, 0.0);
    }
    for backlog in backlogs {
        let lag = backlog.oldest.map_or(0.0, |oldest| desk.now().since(oldest).as_secs_f64());
        set(&backlog.webhook, backlog.pending, backlog.dead, lag);
    }
    *shown = now;
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floating point; so many rows there never are")]
fn set(webhook: &str, pending: i64, dead: i64, lag: f64) {
    let webhook = webhook.to_owned();
    metrics::gauge!("switchboard_webhook_pending", "webhook" => webhook.clone()).set(pending as f64);
    metrics::gauge!("switchboard_webhook_dead", "webhook" => webhook.clone()).set(dead as f64);
    metrics::gauge!("switchboard_webhook_lag_seconds", "webhook" => webhook).set(lag);
}

fn describe() {
    metrics::describe_counter!("switchboard_webhook_attempts_total", "Attempts to deliver, by webhook and result");
    metrics::describe_counter!("switchboard_webhook_dead_total", "Deliveries given up, by webhook");
    metrics::describe_histogram!("switchboard_webhook_latency_seconds", "How long receivers take to answer");
    metrics::describe_gauge!("switchboard_webhook_pending", "Deliveries that wait");
    metrics::describe_gauge!("switchboard_webhook_dead", "Deliveries given up that are still kept");
    metrics::describe_gauge!("switchboard_webhook_lag_seconds", "Age of the oldest delivery that waits");
}
