//! A long time of mixed traffic and trouble. At its end nothing is stuck, every message is where it belongs exactly
//! once, and the memory is what it was after the warm-up.

mod ledger;
mod memory;
mod traffic;
mod trouble;

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use tokio::time::{Instant, MissedTickBehavior, interval};

use self::{ledger::Ledger, memory::Memory, traffic::Traffic};
use crate::{
    bench,
    parts::{
        gateway::{Gateway as _, Pair},
        network::Network,
        process,
        switchboard::Switchboard,
    },
};

/// How long the last messages may take once the trouble is over.
const SETTLING: Duration = Duration::from_secs(180);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Linked sessions, each with a peer of its own
    #[arg(long, default_value_t = 200)]
    sessions: usize,
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// Messages a second, both ways together
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
    /// Seconds between one trouble and the next
    #[arg(long, default_value_t = 5.0)]
    trouble_every: f64,
    /// How much more memory than after the warm-up is still flat, in percent
    #[arg(long, default_value_t = 10.0)]
    growth: f64,
    /// Where the memory is drawn, as SVG
    #[arg(long)]
    plot: Option<PathBuf>,
    /// Database of the gateway; without it SQLite
    #[arg(long)]
    database_url: Option<String>,
    /// The sandbox binary; without it the release build is made
    #[arg(long)]
    binary: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let binary = match &args.binary {
        Some(path) => path.clone(),
        None => process::build().await?,
    };
    let network = Network::start(&binary).await?;
    let gateway = Switchboard::start(&binary, &network, args.database_url.clone()).await?;
    let pairs: Vec<Pair> = (0..args.sessions).map(Pair::numbered).collect();
    bench::link(&gateway, &network, &pairs).await?;
    let traffic = Traffic::prepare(&gateway, &network, &pairs).await?;
    println!("{} sessions are connected; traffic and trouble for {} minutes", args.sessions, args.minutes);
    let (ledger, memory) = live(&args, &gateway, &network, &traffic).await?;
    println!("settling: {ledger}");
    ledger.settle(&gateway, &network, &pairs, SETTLING).await?;
    until_connected(&gateway).await?;
    println!("every message is where it belongs, exactly once; every session is connected");
    if let Some(path) = &args.plot {
        std::fs::write(path, memory.plot()).with_context(|| path.display().to_string())?;
    }
    memory.judge(args.growth)
}

/// One message after the other, one trouble after the other, a look at the memory now and then.
async fn live(
    args: &Args,
    gateway: &Switchboard,
    network: &Network,
    traffic: &Traffic<'_>,
) -> anyhow::Result<(Ledger, Memory)> {
    let (mut ledger, mut memory) = (Ledger::default(), Memory::default());
    let end = Instant::now() + Duration::from_secs_f64(args.minutes * 60.0);
    let mut message = every(1.0 / args.rate);
    let mut trouble = every(args.trouble_every);
    let mut look = every((args.minutes * 60.0 / 300.0).max(0.5));
    let mut n = 0;
    while Instant::now() < end {
        tokio::select! {
            _ = message.tick() => {
                traffic.one(n, &mut ledger).await?;
                n += 1;
            }
            _ = trouble.tick() => trouble::make(network, traffic.pairs).await?,
            _ = look.tick() => memory.look(gateway.process().sample()?.resident_mib(), n),
        }
    }
    Ok((ledger, memory))
}

fn every(seconds: f64) -> tokio::time::Interval {
    let mut interval = interval(Duration::from_secs_f64(seconds));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

async fn until_connected(gateway: &Switchboard) -> anyhow::Result<()> {
    let deadline = Instant::now() + SETTLING;
    loop {
        match gateway.unconnected().await? {
            0 => return Ok(()),
            stuck => anyhow::ensure!(Instant::now() < deadline, "{stuck} sessions did not come back"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
