//! `switchboard-sandbox network`

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context as _;
use switchboard::{
    config::{SettingFlags, table},
    serve::Signals,
};
use switchboard_sandbox::{Network, NetworkOptions};

use crate::logs;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Loopback address for the wire (/ws/chat) and the control API (/sandbox)
    #[arg(long, default_value = "127.0.0.1:7080")]
    listen: SocketAddr,
}

/// Keeps the network's state in the data directory that was named, or forgets it at the end.
pub(crate) async fn run(args: Args, settings: &SettingFlags) -> anyhow::Result<()> {
    logs::start();
    let signals = Signals::listen().context("cannot listen for signals")?;
    let data_dir = settings.0.iter().find(|(setting, _)| setting.key == table::DATA_DIR.key);
    let data_dir = data_dir.map(|(_, text)| PathBuf::from(text));
    let network = Network::start(NetworkOptions { listen: args.listen, data_dir }).await?;
    let (url, addr) = (network.url(), network.local_addr());
    super::complain(&format!("clients connect to {url}, the control API is at http://{addr}/sandbox"));
    super::ready();
    signals.first().await;
    network.shutdown().await;
    Ok(())
}
