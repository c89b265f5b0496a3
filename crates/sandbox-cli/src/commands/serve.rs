//! `switchboard-sandbox serve`: the gateway as the product runs it, but for the network and the open door.

use anyhow::Context as _;
use switchboard::{
    config::{Config, SETTINGS, Setting, SettingFlags, Sources, table},
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
    let sources = of_a_sandbox(Sources::of_process(settings.0), more);
    let config = Config::load(&sources)?;
    only_loopback(&config)?;
    say_what_is_passed_over(&sources)?;
    Ok(Gateway::start_beside(config, control).await?)
}

fn of_a_sandbox(given: Sources, more: Vec<(&'static Setting, String)>) -> Sources {
    let presets = PRESETS.iter().map(|(setting, text)| (*setting, (*text).to_owned())).chain(more).collect();
    let flags_only = SETTINGS.iter().copied().filter(|setting| leads_to_data(setting)).collect();
    Sources { presets, flags_only, ..given }
}

/// Whether the setting says which data and which network the gateway works on. A sandbox that is started where the real
/// gateway's settings lie around must not open that one's database: on the simulated network nobody knows its devices,
/// and the links in it would be wiped. The secrets that have no flag (a key, a password) lead nowhere by themselves.
fn leads_to_data(setting: &Setting) -> bool {
    let secret_alone = setting.secret && setting.flag.is_none();
    (matches!(setting.group(), "data" | "database") && !secret_alone) || setting.key == table::NETWORK.key
}

fn say_what_is_passed_over(sources: &Sources) -> anyhow::Result<()> {
    for (setting, origin) in sources.passed_over()? {
        let instead = setting.flag.map(|flag| format!("; --{flag} says it to a sandbox")).unwrap_or_default();
        super::complain(&format!("{} ({origin}) is not for a sandbox and is passed over{instead}", setting.env));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn sources(folder: &Path, environment: &[(&str, &str)]) -> Sources {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let given = Sources { directory: folder.to_owned(), environment, ..Sources::default() };
        of_a_sandbox(given, vec![(&table::DATA_DIR, "/tmp/fresh".to_owned())])
    }

    #[test]
    fn a_sandbox_does_not_open_what_the_real_gateways_settings_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), "SWITCHBOARD_DATA_DIR=/srv/switchboard\nDB_TYPE=postgres\n")
            .unwrap();
        let real = [
            ("DATABASE_URL", "postgres://switchboard:hush@db/switchboard"),
            ("DB_HOST", "db"),
            ("SESSIONS_PATH", "/srv/sessions"),
            ("SWITCHBOARD_MASTER_KEY_FILE", "/srv/master.key"),
            ("SWITCHBOARD_NETWORK", "wss://web.whatsapp.com/ws/chat"),
        ];
        let sources = sources(folder.path(), &real);
        let config = Config::load(&sources).unwrap();
        assert_eq!(config.database.place(), "SQLite file /tmp/fresh/whatsapp.db");
        assert_eq!(config.sessions_path, Path::new("/tmp/fresh/sessions"));
        assert_eq!(config.network.url.unwrap().as_str(), "ws://127.0.0.1:7080/ws/chat");
        assert_eq!(sources.passed_over().unwrap().len(), 7);
    }

    #[test]
    fn a_sandbox_does_as_its_flags_say() {
        let folder = tempfile::tempdir().unwrap();
        let mut sources = sources(folder.path(), &[("PORT", "9000"), ("DATABASE_URL", "sqlite:/srv/real.db")]);
        sources.flags.push((&table::DATABASE_URL, "sqlite:/tmp/own.db".to_owned()));
        let config = Config::load(&sources).unwrap();
        assert_eq!(config.database.place(), "SQLite file /tmp/own.db");
        assert_eq!(config.listen.socket(switchboard::config::Listener::Main).unwrap().port(), 9000);
        assert!(sources.passed_over().unwrap().is_empty());
    }
}
