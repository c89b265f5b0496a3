//! How a sink fares, as metrics.

use std::time::Duration;

use metrics::{Counter, Gauge, counter, gauge};

pub(super) struct Gauges {
    published: Counter,
    failures: Counter,
    missed: Counter,
    set_aside: Counter,
    behind: Gauge,
    lag: Gauge,
}

impl Gauges {
    pub(super) fn of(sink: &'static str) -> Self {
        metrics::describe_counter!("switchboard_sink_published_total", "Events that a sink took");
        metrics::describe_counter!("switchboard_sink_failures_total", "Attempts at a sink that failed");
        metrics::describe_counter!("switchboard_sink_missed_total", "Positions forgotten before a sink got to them");
        metrics::describe_counter!("switchboard_sink_set_aside_total", "Events that a sink refused for good");
        metrics::describe_gauge!("switchboard_sink_lag_events", "Events that a sink has yet to take");
        metrics::describe_gauge!("switchboard_sink_lag_seconds", "Age of the oldest event that a sink has yet to take");
        Self {
            published: counter!("switchboard_sink_published_total", "sink" => sink),
            failures: counter!("switchboard_sink_failures_total", "sink" => sink),
            missed: counter!("switchboard_sink_missed_total", "sink" => sink),
            set_aside: counter!("switchboard_sink_set_aside_total", "sink" => sink),
            behind: gauge!("switchboard_sink_lag_events", "sink" => sink),
            lag: gauge!("switchboard_sink_lag_seconds", "sink" => sink),
        }
    }

    pub(super) fn published(&self, count: usize) {
        self.published.increment(count as u64);
    }

    pub(super) fn failed(&self) {
        self.failures.increment(1);
    }

    pub(super) fn missed(&self, count: i64) {
        self.missed.increment(count.unsigned_abs());
    }

    pub(super) fn set_aside(&self) {
        self.set_aside.increment(1);
    }

    #[expect(clippy::cast_precision_loss, reason = "gauges are floating point; so many events there never are")]
    pub(super) fn lag(&self, behind: i64, age: Duration) {
        self.behind.set(behind as f64);
        self.lag.set(age.as_secs_f64());
    }
}
