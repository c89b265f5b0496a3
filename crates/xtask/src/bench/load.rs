//! The traffic, and what it costs.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::report::Report;
use crate::parts::{
    gateway::{Gateway, Pair},
    network::Network,
    process::Sample,
};

const LINKING_AT_ONCE: usize = 8;

/// Links every session to its phone.
pub(crate) async fn link(gateway: &impl Gateway, network: &Network, pairs: &[Pair]) -> anyhow::Result<()> {
    let link = async |pair: &Pair| {
        network.phones(pair).await?;
        let qr = gateway.begin(pair).await?;
        network.scan(pair, &qr).await?;
        while !gateway.is_connected(pair).await? {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    stream::iter(pairs).map(link).buffer_unordered(LINKING_AT_ONCE).try_collect().await
}

/// As fast as they are accepted; then at half that rate, for the latencies of a gateway that is not saturated.
pub(super) async fn send(
    gateway: &impl Gateway,
    network: &Network,
    pairs: &[Pair],
    messages: usize,
    at_once: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let each = messages.div_ceil(pairs.len());
    let (before, commits, begun) = (gateway.process().sample()?, gateway.commits().await?, Instant::now());
    let posts =
        stream::iter(0..each * pairs.len()).map(|n| timed(gateway.send(&pairs[n % pairs.len()], "all at once")));
    let latencies: Vec<Duration> = posts.buffer_unordered(at_once).try_collect().await?;
    let accepted = begun.elapsed();
    for pair in pairs {
        network.until_shown(pair, each).await?;
    }
    let count = latencies.len() as f64;
    report.add("sends accepted a second", count / accepted.as_secs_f64(), "/s");
    let rate = count / begun.elapsed().as_secs_f64();
    report.add("sends that reached their phone a second", rate, "/s");
    report.percentiles("accepting a send at full rate", latencies);
    costs(report, "sent", count, before, gateway.process().sample()?);
    if let (Some(before), Some(after)) = (commits, gateway.commits().await?) {
        report.add("commits a sent message", (after - before) / count, "");
    }
    let latencies = paced(gateway, pairs, messages / 2, rate / 2.0).await?;
    report.percentiles("accepting a send at half that rate", latencies);
    for pair in pairs {
        network.until_shown(pair, each).await?;
    }
    Ok(())
}

/// One request each tick, whether the last was answered or not: a slow gateway cannot slow the load.
pub(super) async fn paced(
    gateway: &impl Gateway,
    pairs: &[Pair],
    messages: usize,
    rate: f64,
) -> anyhow::Result<Vec<Duration>> {
    let begun = Instant::now();
    let posts = stream::iter(0..messages).map(|n| async move {
        tokio::time::sleep_until(begun + Duration::from_secs_f64(n as f64 / rate)).await;
        timed(gateway.send(&pairs[n % pairs.len()], "at half the rate")).await
    });
    posts.buffer_unordered(messages.clamp(1, 4096)).try_collect().await
}

/// The phones write as fast as the network takes it.
pub(super) async fn receive(
    gateway: &impl Gateway,
    network: &Network,
    pairs: &[Pair],
    messages: usize,
    at_once: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let count = messages.div_ceil(pairs.len()) * pairs.len();
    let (known, before, begun) = (gateway.received().await?, gateway.process().sample()?, Instant::now());
    let network_before = network.sample()?;
    let writes = stream::iter(0..count).map(|n| network.write(&pairs[n % pairs.len()], "to the session"));
    writes.buffer_unordered(at_once).try_collect::<()>().await?;
    while gateway.received().await? < known + count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    report.add("messages received a second", count as f64 / begun.elapsed().as_secs_f64(), "/s");
    costs(report, "received", count as f64, before, gateway.process().sample()?);
    let network_cpu = network.sample()?.cpu_seconds - network_before.cpu_seconds;
    report.add("CPU of the network and its phones, each", network_cpu * 1000.0 / count as f64, "ms");
    Ok(())
}

async fn timed(request: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    request.await?;
    Ok(begun.elapsed())
}

fn costs(report: &mut Report, what: &str, count: f64, before: Sample, after: Sample) {
    let cpu = (after.cpu_seconds - before.cpu_seconds) * 1000.0 / count;
    report.add(&format!("CPU of the gateway a {what} message"), cpu, "ms");
}
