//! `config check`: every effective value, and where it came from.

use std::fmt::Write as _;

use super::table::{AMQP_URL, BUS_URL, DATABASE_URL, LOG_FILE, MASTER_KEY_FILE, REDIS_URL, SESSIONS_PATH};
use super::{Config, MasterKeySource, SETTINGS, Setting, Values, database};

/// URLs of which only the password is secret.
static WITH_PASSWORD: [&Setting; 4] = [&DATABASE_URL, &BUS_URL, &REDIS_URL, &AMQP_URL];

/// A setting as it is in force.
#[derive(Clone, Debug)]
pub struct Effective {
    pub setting: &'static Setting,
    /// Masked where it is secret; empty where there is none.
    pub value: String,
    pub origin: String,
}

/// Every setting, in the order of the table.
#[must_use]
pub fn effective(values: &Values, config: &Config) -> Vec<Effective> {
    SETTINGS.iter().map(|setting| Effective::of(setting, values, config)).collect()
}

/// One line a setting, then what opens and where the data is. Secrets are masked.
#[must_use]
pub fn explain(values: &Values, config: &Config) -> String {
    let mut text = String::new();
    for Effective { setting, value, origin } in effective(values, config) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}={value} ({origin})", setting.env);
    }
    for (listener, socket) in &config.listen.sockets {
        let _ = writeln!(text, "# listener {listener}: {socket}");
    }
    let _ = writeln!(text, "# database: {}", config.database.place());
    if values.is_given(&DATABASE_URL) {
        let _ = writeln!(text, "# DATABASE_URL is given, so the DB_ variables are not used");
    }
    text
}

impl Effective {
    fn of(setting: &'static Setting, values: &Values, config: &Config) -> Self {
        let (value, origin) = match values.get(setting) {
            Some(value) => (shown(setting, &value.text), value.origin.to_string()),
            None => (follows(setting, config).unwrap_or_default(), "default".to_owned()),
        };
        Self { setting, value, origin }
    }
}

/// What a setting is that the table gives no default because it follows from others.
fn follows(setting: &'static Setting, config: &Config) -> Option<String> {
    let path = match (setting.env, &config.master_key) {
        (env, _) if env == SESSIONS_PATH.env => Some(&config.sessions_path),
        (env, _) if env == LOG_FILE.env => config.log.file.as_ref(),
        (env, MasterKeySource::File { path, .. }) if env == MASTER_KEY_FILE.env => Some(path),
        _ => None,
    };
    path.map(|p| p.display().to_string())
}

fn shown(setting: &'static Setting, text: &str) -> String {
    match setting.env {
        env if WITH_PASSWORD.iter().any(|s| s.env == env) => database::masked(text),
        _ if setting.secret => "********".to_owned(),
        _ => text.to_owned(),
    }
}
