//! What people and programs do all day: texts, pictures, places, groups, calls.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::ledger::Ledger;
use crate::parts::{gateway::Pair, network::Network, switchboard::Switchboard};

/// One session in so many is in a group with its peer.
const GROUP_EVERY: usize = 10;
const PAUSE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(60);
/// A picture of one pixel.
const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

pub(super) struct Traffic<'a> {
    gateway: &'a Switchboard,
    network: &'a Network,
    pub(super) pairs: &'a [Pair],
    /// The group of every tenth pair.
    groups: Vec<String>,
}

impl<'a> Traffic<'a> {
    pub(super) async fn prepare(
        gateway: &'a Switchboard,
        network: &'a Network,
        pairs: &'a [Pair],
    ) -> anyhow::Result<Self> {
        let mut groups = Vec::new();
        for pair in pairs.iter().step_by(GROUP_EVERY) {
            let order = json!({ "subject": "Soak", "participants": [pair.number] });
            let group = network.post(&format!("/phones/{}/groups", pair.peer), &order).await?;
            groups.push(group["id"].as_str().context("a group without an id")?.to_owned());
        }
        Ok(Self { gateway, network, pairs, groups })
    }

    /// The n-th thing that happens.
    pub(super) async fn one(&self, n: usize, ledger: &mut Ledger) -> anyhow::Result<()> {
        let place = rand::random_range(0..self.pairs.len());
        let pair = &self.pairs[place];
        match n % 20 {
            19 => self.call(pair).await,
            outwards if outwards % 2 == 0 => self.out(pair, self.chat(n, place, &pair.peer), said(n), ledger).await,
            _ => self.into(pair, self.chat(n, place, &pair.number), said(n), ledger).await,
        }
    }

    /// The person, or now and then the group.
    fn chat<'b>(&'b self, n: usize, place: usize, person: &'b str) -> &'b str {
        let group = (place.is_multiple_of(GROUP_EVERY) && n % 4 < 2).then(|| &self.groups[place / GROUP_EVERY]);
        group.map_or(person, String::as_str)
    }

    /// Accepted whatever state the session is in: the ledger holds it until the connection is back. Only a file has
    /// to be uploaded first, and is offered again until it can be.
    async fn out(&self, pair: &Pair, to: &str, content: Value, ledger: &mut Ledger) -> anyhow::Result<()> {
        let message = json!({ "to": to, "content": content });
        let path = format!("/v1/sessions/{}/messages", pair.session);
        let begun = Instant::now();
        let sent = loop {
            match self.gateway.post(&path, &message).await {
                Err(error) if error.to_string().contains("not_connected") && begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(PAUSE).await;
                }
                answered => break answered?,
            }
        };
        ledger.out(&pair.peer, sent["id"].as_str().context("a message without an id")?);
        Ok(())
    }

    async fn into(&self, pair: &Pair, to: &str, mut message: Value, ledger: &mut Ledger) -> anyhow::Result<()> {
        message["to"] = json!(to);
        let sent = self.network.post(&format!("/phones/{}/messages", pair.peer), &message).await?;
        ledger.into(sent["id"].as_str().context("a message without an id")?);
        Ok(())
    }

    /// Rings, and hangs up.
    async fn call(&self, pair: &Pair) -> anyhow::Result<()> {
        let calls = format!("/phones/{}/calls", pair.peer);
        let placed = self.network.post(&calls, &json!({ "to": pair.number })).await?;
        let call = placed["call_id"].as_str().context("a call without an id")?;
        self.network.post(&format!("{calls}/{call}/end"), &json!({})).await?;
        Ok(())
    }
}

/// Written alike for the gateway and for a phone.
fn said(n: usize) -> Value {
    match n % 10 {
        6 | 7 => json!({ "type": "image", "data": PICTURE, "caption": "soak" }),
        8 => json!({ "type": "location", "latitude": 1.5, "longitude": 2.5, "name": "here" }),
        _ => json!({ "type": "text", "text": format!("soak {n}") }),
    }
}
