//! One large document out and in again, and the memory that this takes.
//!
//! Two sessions of one gateway talk with each other, so that the same process takes the file in, seals and uploads it,
//! then downloads and opens it and hands it out.

use std::path::Path;

use anyhow::Context as _;

use super::{load::link, report::Report};
use crate::parts::{
    gateway::{Gateway, Pair},
    network::Network,
    switchboard::Switchboard,
};

/// What a file may cost beside what the gateway uses anyhow.
const ALLOWED_MIB: f64 = 20.0;
/// What the first file of all brings along: pools, buffers, code.
const WARM_UP_MIB: usize = 1;

pub(super) async fn measure(binary: &Path, mib: usize, database_url: Option<String>) -> anyhow::Result<()> {
    let network = Network::start(binary).await?;
    let gateway = Switchboard::start(binary, &network, database_url).await?;
    let writer = Pair::numbered(0);
    let reader = Pair { session: "reader".to_owned(), number: writer.peer.clone(), peer: writer.number.clone() };
    link(&gateway, &network, &[writer.clone(), reader.clone()]).await?;
    out_and_in(&gateway, &writer, &reader, WARM_UP_MIB).await?;
    let mut report = Report::new(format!("A document of {mib} MiB"));
    let before = gateway.process().sample()?.resident_mib();
    gateway.process().forget_peak()?;
    out_and_in(&gateway, &writer, &reader, mib).await?;
    let after = gateway.process().sample()?;
    report.add("memory before", before, "MiB");
    report.add("memory at the peak", after.peak_mib(), "MiB");
    report.add("memory afterwards", after.resident_mib(), "MiB");
    report.print();
    let extra = after.peak_mib() - before;
    anyhow::ensure!(extra <= ALLOWED_MIB, "it took {extra:.1} MiB more, and {ALLOWED_MIB} are allowed");
    Ok(())
}

async fn out_and_in(gateway: &Switchboard, writer: &Pair, reader: &Pair, mib: usize) -> anyhow::Result<()> {
    let path = format!("/v1/sessions/{}/files?to={}&type=document&wait=60", writer.session, writer.peer);
    let sent = gateway.upload(&path, mib).await.context("out")?;
    let id = sent["id"].as_str().context("no id")?;
    until_received(gateway, reader, id).await?;
    let bytes =
        gateway.download(&format!("/v1/sessions/{}/messages/{id}/media", reader.session)).await.context("in")?;
    anyhow::ensure!(bytes == mib << 20, "{bytes} bytes came of {mib} MiB");
    Ok(())
}

async fn until_received(gateway: &Switchboard, reader: &Pair, id: &str) -> anyhow::Result<()> {
    let mut after = "0".to_owned();
    loop {
        let path = format!("/v1/events?session={}&types=message.received&after={after}&wait=30", reader.session);
        let page = gateway.get(&path).await?;
        let events = page["events"].as_array().context("no events")?;
        if events.iter().any(|event| event["data"]["id"] == id) {
            return Ok(());
        }
        anyhow::ensure!(!events.is_empty(), "the document never came in");
        page["next_cursor"].as_str().context("no cursor")?.clone_into(&mut after);
    }
}
