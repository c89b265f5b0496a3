//! What was said, and whether it arrived: every message once.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    time::Duration,
};

use anyhow::Context as _;
use serde_json::Value;
use tokio::time::Instant;

use crate::parts::{gateway::Pair, network::Network, switchboard::Switchboard};

const PAUSE: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(super) struct Ledger {
    /// By the number that they went to.
    out: HashMap<String, HashSet<String>>,
    into: HashSet<String>,
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let out: usize = self.out.values().map(HashSet::len).sum();
        write!(f, "{out} messages went out, {} came in", self.into.len())
    }
}

impl Ledger {
    pub(super) fn out(&mut self, peer: &str, id: &str) {
        self.out.entry(peer.to_owned()).or_default().insert(id.to_owned());
    }

    pub(super) fn into(&mut self, id: &str) {
        self.into.insert(id.to_owned());
    }

    /// Waits until everything has arrived; then nothing may have arrived twice.
    pub(super) async fn settle(
        &self,
        gateway: &Switchboard,
        network: &Network,
        pairs: &[Pair],
        patience: Duration,
    ) -> anyhow::Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            let missing = self.missing_out(network, pairs).await? + self.missing_in(gateway).await?;
            if missing == 0 {
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < deadline, "{missing} messages did not arrive");
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn missing_out(&self, network: &Network, pairs: &[Pair]) -> anyhow::Result<usize> {
        let mut missing = 0;
        for pair in pairs {
            let Some(sent) = self.out.get(&pair.peer) else { continue };
            let page = network.get(&format!("/phones/{}/messages", pair.peer)).await?;
            let shown = page["messages"].as_array().context("no messages")?.iter();
            missing += unmet(sent, shown.filter_map(|message| message["id"].as_str()))?;
        }
        Ok(missing)
    }

    async fn missing_in(&self, gateway: &Switchboard) -> anyhow::Result<usize> {
        let (mut seen, mut after) = (Vec::new(), Value::from("0"));
        loop {
            let after_text = after.as_str().context("no cursor")?;
            let path = format!("/v1/events?types=message.received&limit=1000&after={after_text}");
            let page = gateway.get(&path).await?;
            let events = page["events"].as_array().context("no events")?;
            if events.is_empty() {
                break;
            }
            seen.extend(events.iter().filter_map(|event| event["data"]["id"].as_str()).map(str::to_owned));
            after = page["next_cursor"].clone();
        }
        unmet(&self.into, seen.iter().map(String::as_str))
    }
}

/// How many of the expected are not there. One that is there twice is an error at once.
fn unmet<'a>(expected: &HashSet<String>, seen: impl Iterator<Item = &'a str>) -> anyhow::Result<usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for id in seen.filter(|id| expected.contains(*id)) {
        *counts.entry(id).or_default() += 1;
    }
    let doubled = counts.values().filter(|count| **count > 1).count();
    anyhow::ensure!(doubled == 0, "{doubled} messages arrived more than once");
    Ok(expected.len() - counts.len())
}
