//! `switchboard-sandbox serve`: the gateway as the product runs it, but for the network and the open door.

use anyhow::Context as _;
use switchboard::{
    config::{Config, Setting, SettingFlags, Sources, table},
    serve::{Gateway, Signals},
};

/// How a gateway for trying things out differs: known sign-ins, no pacing, short penalties, and webhooks to this machine.
const PRESETS: [(&Setting, &str); 6] = [
    (&table::ADMIN_PASSWORD, "admin"),
    (&table::SERVICE_TOKEN, "sandbox-token"),
    (&table::SEND_PER_MINUTE, "off"),
    (&table::FIRST_HOLD, "2s"),
    (&table::EGRESS_ALLOW, "127.0.0.0/8,::1/128"),
    (&table::NETWORK, "ws://127.0.0.1:7080/ws/chat"),
];

pub(crate) async fn run(settings: SettingFlags) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("cannot make a temporary data directory")?;
    let signals = Signals::listen().context("cannot listen for signals")?;
    let gateway = start(settings, vec![(&table::DATA_DIR, folder.path().display().to_string())], None).await?;
    super::ready();
    gateway.run(signals.first(), signals.second()).await?;
    Ok(())
}

/// Starts the gateway; `more` are presets that only this run knows. With the network's control API its dashboard shows
/// the phones.
pub(super) async fn start(
    settings: SettingFlags,
    more: Vec<(&'static Setting, String)>,
    control: Option<axum::Router>,
) -> anyhow::Result<Gateway> {
    let mut sources = Sources::of_process(settings.0);
    sources.presets = PRESETS.iter().map(|(setting, text)| (*setting, (*text).to_owned())).chain(more).collect();
    let config = Config::load(&sources)?;
    only_loopback(&config)?;
    Ok(Gateway::start_beside(config, control).await?)
}

/// Everyone knows these sign-ins: nobody else may reach them.
fn only_loopback(config: &Config) -> anyhow::Result<()> {
    for (listener, address) in &config.listen.sockets {
        anyhow::ensure!(
            address.ip().is_loopback(),
            "the {listener} listener would be on {address}: a sandbox has well-known passwords, so it is served to this \
             machine only. Use a loopback address, or the binary `switchboard`"
        );
    }
    Ok(())
}
