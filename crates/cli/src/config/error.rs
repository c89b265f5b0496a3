//! What is wrong with a configuration, in one line that names the variable.

use super::{Origin, Setting};

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    #[error("{name} is not a setting of Switchboard{place}; did you mean {nearest}?")]
    Unknown { name: String, place: String, nearest: &'static str },

    #[error("{name} ({origin}) {what}")]
    Invalid { name: &'static str, origin: String, what: String },

    #[error("cannot read {path}: {why}")]
    File { path: String, why: String },

    #[error("{0}")]
    Clash(String),
}

impl ConfigError {
    /// `what` completes the sentence that the setting's name begins; it must not repeat a secret.
    pub(super) fn invalid(setting: &'static Setting, origin: &Origin, what: impl Into<String>) -> Self {
        Self::Invalid { name: setting.env, origin: origin.to_string(), what: what.into() }
    }
}
