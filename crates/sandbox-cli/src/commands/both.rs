//! `switchboard-sandbox`: network and gateway in one process.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use switchboard::{
    config::{SettingFlags, table},
    serve::Signals,
};
use switchboard_sandbox::{Network, NetworkOptions};

pub(crate) async fn run(listen: SocketAddr, settings: SettingFlags) -> anyhow::Result<()> {
    let folder = Folder::of(&settings)?;
    let signals = Signals::listen().context("cannot listen for signals")?;
    let network = Network::start(NetworkOptions { listen, data_dir: Some(folder.path().join("network")) }).await?;
    let presets = vec![(&table::DATA_DIR, folder.path().display().to_string()), (&table::NETWORK, network.url())];
    let gateway = super::serve::start(settings, presets, Some(network.control())).await?;
    super::complain(&format!("The network's control API is at http://{}/sandbox", network.local_addr()));
    super::ready();
    let ended = gateway.run(signals.first(), signals.second()).await;
    network.shutdown().await;
    Ok(ended?)
}

/// The data directory: the one that was named, or one that goes with the process.
enum Folder {
    Named(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Folder {
    fn of(settings: &SettingFlags) -> anyhow::Result<Self> {
        match settings.0.iter().find(|(setting, _)| setting.key == table::DATA_DIR.key) {
            Some((_, text)) => Ok(Self::Named(PathBuf::from(text))),
            None => Ok(Self::Temporary(tempfile::tempdir().context("cannot make a temporary data directory")?)),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Named(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}
