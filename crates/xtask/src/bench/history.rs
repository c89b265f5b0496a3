//! A long past imported into one session, and what the others notice of it.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use tokio::time::Instant;

use super::{
    load::{link, paced},
    report::Report,
};
use crate::parts::{gateway::Pair, network::Network, switchboard::Switchboard};

/// Sends a second over all other sessions: well below what saturates anything.
const RATE: f64 = 100.0;
/// In one measurement, so that there is a slowest of a hundred.
const SENDS: usize = 500;
const CHATS: usize = 10;

pub(super) async fn measure(
    gateway: &Switchboard,
    network: &Network,
    pairs: &[Pair],
    messages: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let usual = paced(gateway, pairs, SENDS * 2, RATE).await?;
    report.percentiles("accepting a send, nothing imported", usual);
    let newcomer = Pair::numbered(pairs.len());
    give_past(network, &newcomer, messages).await?;
    link(gateway, network, std::slice::from_ref(&newcomer)).await?;
    let (begun, mut meanwhile) = (Instant::now(), Vec::new());
    while !is_imported(gateway, &newcomer).await? {
        meanwhile.extend(paced(gateway, pairs, SENDS, RATE).await?);
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(600), "the past is not imported after ten minutes");
    }
    report.add("messages of the past", messages as f64, "");
    report.add("imported within", begun.elapsed().as_secs_f64(), "s");
    report.percentiles("accepting a send meanwhile", meanwhile);
    Ok(())
}

async fn give_past(network: &Network, pair: &Pair, messages: usize) -> anyhow::Result<()> {
    network.phones(pair).await?;
    let chat =
        |n: usize| json!({ "chat": format!("62833{n:07}"), "name": format!("Friend {n}"), "count": messages / CHATS });
    let past = json!({ "chats": (0..CHATS).map(chat).collect::<Vec<_>>() });
    network.post(&format!("/phones/{}/history", pair.number), &past).await?;
    Ok(())
}

/// With the names of people the past ends.
async fn is_imported(gateway: &Switchboard, pair: &Pair) -> anyhow::Result<bool> {
    let path = format!("/v1/events?session={}&types=history.progress", pair.session);
    let events = gateway.get(&path).await?;
    let events = events["events"].as_array().context("no events")?;
    Ok(events.iter().any(|event| event["data"]["kind"] == "names"))
}
