//! The gateway under load, each part in a process of its own: the network, the gateway, and this load generator.
//!
//! All figures of one run share one machine, so they are best read as ratios: `--baseline baileys` drives the same
//! traffic through a minimal Express and Baileys gateway and prints what it makes of it beside ours.

mod baseline;
mod document;
mod history;
mod load;
mod report;
mod subscribers;

use std::path::PathBuf;

use anyhow::Context as _;

pub(crate) use self::load::link;
use self::report::Report;
use crate::parts::{
    gateway::{Gateway, Pair},
    network::Network,
    process,
    switchboard::Switchboard,
};

#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// Linked sessions, each with a peer of its own
    #[arg(long, default_value_t = 100)]
    sessions: usize,
    /// Messages in each direction
    #[arg(long, default_value_t = 5000)]
    messages: usize,
    /// Requests under way at once
    #[arg(long, default_value_t = 64)]
    at_once: usize,
    /// WebSockets that follow every event of our gateway
    #[arg(long, default_value_t = 200)]
    subscribers: usize,
    /// Messages of a past that one more session imports while the others go on
    #[arg(long, default_value_t = 0)]
    history: usize,
    /// Instead of all that: a document of so many MiB out and in, and the memory that it takes
    #[arg(long, default_value_t = 0)]
    document: usize,
    /// Database of the gateway; without it SQLite
    #[arg(long)]
    database_url: Option<String>,
    /// Drive the same traffic through another gateway and print the ratio
    #[arg(long, value_parser = ["baileys"])]
    baseline: Option<String>,
    /// Sessions and messages of the baseline, which takes longer; without them as many as ours
    #[arg(long)]
    baseline_sessions: Option<usize>,
    #[arg(long)]
    baseline_messages: Option<usize>,
    /// The sandbox binary; without it the release build is made
    #[arg(long)]
    binary: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let binary = match &args.binary {
        Some(path) => path.clone(),
        None => process::build().await?,
    };
    if args.document > 0 {
        return document::measure(&binary, args.document, args.database_url).await;
    }
    let ours = of_switchboard(&args, &binary).await.context("the gateway")?;
    ours.print();
    if args.baseline.is_some() {
        let theirs = of_baseline(&args, &binary).await.context("the baseline")?;
        theirs.print();
        ours.compare(&theirs);
    }
    Ok(())
}

async fn of_switchboard(args: &Args, binary: &std::path::Path) -> anyhow::Result<Report> {
    let network = Network::start(binary).await?;
    let mut gateway = Switchboard::start(binary, &network, args.database_url.clone()).await?;
    let kind = args.database_url.as_deref().and_then(|url| url.split(':').next()).unwrap_or("sqlite");
    let mut report = Report::new(format!("Switchboard on {kind}"));
    measure(&mut gateway, &network, args.sessions, args.messages, args.at_once, &mut report).await?;
    let all: Vec<Pair> = (0..args.sessions).map(Pair::numbered).collect();
    subscribers::measure(&gateway.socket(), &network, &all, args.subscribers, &mut report).await?;
    if args.history > 0 {
        history::measure(&gateway, &network, &all, args.history, &mut report).await?;
    }
    let again = gateway.restart().await?;
    report.add("all connected again after a restart", again.as_secs_f64(), "s");
    Ok(report)
}

async fn of_baseline(args: &Args, binary: &std::path::Path) -> anyhow::Result<Report> {
    let network = Network::start(binary).await?;
    let mut gateway = baseline::Baseline::start(&network).await?;
    let mut report = Report::new("Express and Baileys".to_owned());
    let sessions = args.baseline_sessions.unwrap_or(args.sessions);
    let messages = args.baseline_messages.unwrap_or(args.messages);
    measure(&mut gateway, &network, sessions, messages, args.at_once, &mut report).await?;
    Ok(report)
}

/// The same steps for every gateway.
async fn measure(
    gateway: &mut impl Gateway,
    network: &Network,
    sessions: usize,
    messages: usize,
    at_once: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let bare = gateway.process().sample()?;
    report.add("start-up", gateway.start_up().as_secs_f64() * 1000.0, "ms");
    report.add("memory without sessions", bare.resident_mib(), "MiB");
    let pairs: Vec<Pair> = (0..sessions).map(Pair::numbered).collect();
    link(gateway, network, &pairs).await?;
    let linked = gateway.process().sample()?;
    report.add("sessions", sessions as f64, "");
    report.add("memory with them", linked.resident_mib(), "MiB");
    report.add("memory a session", (linked.resident_mib() - bare.resident_mib()) / sessions as f64, "MiB");
    report.add("threads", linked.threads as f64, "");
    load::send(gateway, network, &pairs, messages, at_once, report).await?;
    load::receive(gateway, network, &pairs, messages, at_once, report).await?;
    report.add("memory afterwards", gateway.process().sample()?.resident_mib(), "MiB");
    Ok(())
}
