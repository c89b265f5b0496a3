//! What goes wrong on the way, one thing after the other, for somebody.

use serde_json::json;

use crate::parts::{gateway::Pair, network::Network};

/// Everything that heals by itself.
const KINDS: [&str; 6] = ["drop", "503", "delay", "lose_ack", "duplicate", "corrupt"];

pub(super) async fn make(network: &Network, pairs: &[Pair]) -> anyhow::Result<()> {
    let kind = KINDS[rand::random_range(0..KINDS.len())];
    let pair = &pairs[rand::random_range(0..pairs.len())];
    network.post("/faults", &json!({ "kind": kind, "number": pair.number })).await?;
    Ok(())
}
