//! `switchboard-sandbox network`

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use switchboard_sandbox::{Network, NetworkOptions};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Loopback address for the wire (/ws/chat) and the control API (/sandbox)
    #[arg(long, default_value = "127.0.0.1:7080")]
    listen: SocketAddr,
    /// Directory that keeps the network's state; without it everything is forgotten at the end
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let network = Network::start(NetworkOptions { listen: args.listen, data_dir: args.data_dir }).await?;
    eprintln_line(&format!("clients connect to {}, the control API is at http://{}/sandbox", network.url(), network.local_addr()))?;
    writeln!(std::io::stdout(), "ready").context("cannot write to standard output")?;
    asked_to_stop().await.context("cannot listen for signals")?;
    network.shutdown().await;
    Ok(())
}

fn eprintln_line(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stderr(), "{text}").context("cannot write to standard error")
}

async fn asked_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}
