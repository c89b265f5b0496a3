//! `/metrics` in the Prometheus text format: whatever the crates record, and the process itself.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use switchboard_core::{Census, Core};
use switchboard_store::Store;

/// The recorder is global to the process, as the `metrics` crate wants it.
static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// What the process has recorded, and the store that counts for itself.
#[derive(Clone)]
pub(super) struct Recorder {
    handle: PrometheusHandle,
    store: Store,
}

/// Starts recording, once for the process, and gives what renders it.
pub(super) fn start(store: Store) -> Recorder {
    let handle = HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // Fails only if an embedding program records already; then there is nothing of ours to show.
        let _ = metrics::set_global_recorder(recorder);
        describe();
        handle
    });
    Recorder { handle: handle.clone(), store }
}

pub(super) fn router(recorder: Recorder) -> Router {
    Router::new().route("/metrics", get(move || async move { page(&recorder) }))
}

/// Histograms fill up unless they are drained now and then.
pub(super) async fn upkeep(recorder: Recorder, stop: super::Stop) -> Result<(), std::convert::Infallible> {
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    loop {
        tokio::select! {
            _ = tick.tick() => recorder.handle.run_upkeep(),
            () = stop.soft.cancelled() => return Ok(()),
        }
    }
}

/// Sessions and their queues, as the database has them: each gateway on one database says the same.
pub(super) async fn census(core: Core, stop: super::Stop) -> Result<(), std::convert::Infallible> {
    let mut tick = tokio::time::interval(Duration::from_secs(15));
    loop {
        tokio::select! {
            _ = tick.tick() => match core.census().await {
                Ok(census) => show(census),
                // `/health` tells of a database that does not answer.
                Err(error) => tracing::debug!(%error, "sessions were not counted"),
            },
            () = stop.soft.cancelled() => return Ok(()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge shows no more digits than a float has")]
fn show(census: Census) {
    metrics::gauge!("switchboard_sessions").set(census.sessions as f64);
    metrics::gauge!("switchboard_sessions_wanted").set(census.wanted as f64);
    metrics::gauge!("switchboard_sessions_connected").set(census.connected as f64);
    metrics::gauge!("switchboard_messages_waiting").set(census.waiting as f64);
}

fn describe() {
    metrics::describe_gauge!("switchboard_info", "The version that runs");
    metrics::describe_gauge!("process_resident_memory_bytes", "Resident memory of this process");
    metrics::describe_counter!("switchboard_store_commits_total", "Transactions that the writer has committed");
    metrics::describe_counter!(
        "switchboard_messages_stored_total",
        "Messages that the network handed in, stored before they were acknowledged"
    );
    metrics::describe_counter!(
        "switchboard_messages_sent_total",
        "Messages that the network has answered for, by whether it accepted or refused them"
    );
    metrics::describe_histogram!(
        "switchboard_message_ack_seconds",
        "From handing a message to the connection until the network's answer was stored"
    );
    metrics::describe_gauge!("switchboard_sessions", "Sessions");
    metrics::describe_gauge!("switchboard_sessions_wanted", "Sessions that their owners want connected");
    metrics::describe_gauge!("switchboard_sessions_connected", "Sessions that are connected");
    metrics::describe_gauge!("switchboard_messages_waiting", "Messages accepted that the network has not answered for");
    metrics::describe_counter!("switchboard_connections_opened_total", "Logins of sessions at the network");
    metrics::describe_counter!("switchboard_connections_lost_total", "Connections of sessions that ended unasked");
    metrics::describe_counter!(
        "switchboard_handovers_total",
        "What is done with hand-overs and session tokens, by action: taken, reissued, renewed, returned, taken_back, \
         forced, expired, refused, token, token_used, token_refused"
    );
    metrics::gauge!("switchboard_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
}

fn page(recorder: &Recorder) -> impl IntoResponse + use<> {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text(recorder))
}

/// All metrics as they are now.
pub(super) fn text(recorder: &Recorder) -> String {
    metrics::counter!("switchboard_store_commits_total").absolute(recorder.store.commits());
    if let Some(bytes) = resident_bytes() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes);
    }
    recorder.handle.render()
}

/// Absent where there is no /proc.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok().map(|kib| kib * 1024.0)
}
