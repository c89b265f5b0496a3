//! People and programs that look on: WebSockets that follow every event of every session.

use std::time::Duration;

use anyhow::Context as _;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use switchboard_model::{Clock as _, SystemClock, Timestamp};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_tungstenite::tungstenite::Message;

use super::report::Report;
use crate::parts::{gateway::Pair, network::Network};

/// Messages of the phones while the subscribers look on, and how often one comes.
const MESSAGES: usize = 500;
const EVERY: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(60);

/// From the moment that an event was written down, shortly before its commit, to its frame at each subscriber.
pub(super) async fn measure(
    address: &str,
    network: &Network,
    pairs: &[Pair],
    subscribers: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (seen, latencies) = mpsc::unbounded_channel();
    let mut listening = JoinSet::new();
    for _ in 0..subscribers {
        let (socket, _) = tokio_tungstenite::connect_async(address).await.context("/v1/ws")?;
        listening.spawn(listen(socket, seen.clone()));
    }
    drop(seen);
    let begun = Instant::now();
    let writes = stream::iter(0..MESSAGES).map(|n| async move {
        tokio::time::sleep_until(begun + EVERY * n as u32).await;
        network.write(&pairs[n % pairs.len()], "to the session, looked at").await
    });
    writes.buffer_unordered(MESSAGES).try_collect::<()>().await?;
    while let Some(ended) = listening.join_next().await {
        ended??;
    }
    let latencies = gathered(latencies).await;
    report.add("WebSocket subscribers", subscribers as f64, "");
    report.percentiles("from an event to its frame at a subscriber", latencies);
    Ok(())
}

/// Reads until it saw every message, and tells how old each was.
async fn listen(
    mut socket: impl StreamExt<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin,
    seen: mpsc::UnboundedSender<Duration>,
) -> anyhow::Result<()> {
    let mut messages = 0;
    while messages < MESSAGES {
        let next = timeout(PATIENCE, socket.next()).await.context("a subscriber heard nothing for a minute")?;
        let Message::Text(text) = next.context("a WebSocket was closed")?? else { continue };
        let now = SystemClock.now();
        let event: Value = serde_json::from_str(&text)?;
        if event["type"] == "message.received" {
            messages += 1;
            let at: Timestamp = event["at"].as_str().context("no time")?.parse()?;
            let _ = seen.send(now.since(at));
        }
    }
    Ok(())
}

async fn gathered(mut latencies: mpsc::UnboundedReceiver<Duration>) -> Vec<Duration> {
    let mut all = Vec::new();
    while let Some(latency) = latencies.recv().await {
        all.push(latency);
    }
    all
}
