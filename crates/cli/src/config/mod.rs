//! Configuration: defaults < file < `.env` < environment < flags.
//!
//! [`table`] describes each setting once; [`Sources`] gathers their texts and remembers where each came from;
//! [`Config`] is what they mean. `config check` ([`explain`]), `env.example` ([`example`]) and `docs/configuration.md`
//! ([`reference`]) are written from the same table.

mod database;
mod dot_env;
mod error;
pub mod example;
pub mod explain;
mod file;
mod flags;
mod front;
mod listen;
mod log;
mod network;
mod origin;
mod read;
pub mod reference;
mod secrets;
mod sessions;
mod sinks;
mod sources;
pub mod table;

use std::path::PathBuf;

pub use database::{Database, ServerKind};
pub use error::ConfigError;
pub use flags::SettingFlags;
pub use front::{Front, TlsFiles};
pub use listen::{Listen, Listener, Only};
pub use log::{Log, LogFormat};
pub use network::Network;
pub use origin::Origin;
pub use secrets::{MasterKeySource, Secrets};
pub use sessions::Sessions;
pub use sinks::Sinks;
pub use sources::{Sources, Value, Values};
pub use table::{SETTINGS, Setting};

pub use read::duration as parse_duration;
use read::path_or;

/// What the settings mean. Every field has been checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: Listen,
    pub front: Front,
    pub data_dir: PathBuf,
    pub sessions_path: PathBuf,
    pub master_key: MasterKeySource,
    pub database: Database,
    pub secrets: Secrets,
    pub network: Network,
    pub sessions: Sessions,
    pub sinks: Sinks,
    pub log: Log,
    /// Every setting as it is in force, for people to look at.
    pub effective: Vec<explain::Effective>,
}

impl Config {
    pub fn from_values(values: &Values) -> Result<Self, ConfigError> {
        let data_dir = path_or(values, &table::DATA_DIR, || PathBuf::from("./data"));
        let config = Self {
            listen: Listen::from_values(values)?,
            front: Front::from_values(values)?,
            sessions_path: path_or(values, &table::SESSIONS_PATH, || data_dir.join("sessions")),
            master_key: MasterKeySource::from_values(values, &data_dir)?,
            database: Database::from_values(values, &data_dir)?,
            secrets: Secrets::from_values(values)?,
            network: Network::from_values(values)?,
            sessions: Sessions::from_values(values)?,
            sinks: Sinks::from_values(values)?,
            log: Log::from_values(values, &data_dir)?,
            data_dir,
            effective: Vec::new(),
        };
        Ok(Self { effective: explain::effective(values, &config), ..config })
    }

    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        Self::from_values(&sources.gather()?)
    }
}

#[cfg(test)]
mod tests;
