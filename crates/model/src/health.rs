//! How the network treats an account.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, session::words};

/// Whether an account may do what it is asked to, and until when not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    pub level: HealthLevel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<HealthCause>,
    /// In words, for the person who wonders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when it is at this level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it gets better by itself; without it somebody has to act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How often the network complained within a day.
    #[serde(default)]
    pub strikes: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthLevel {
    #[default]
    Good,
    /// Messages go out, one at a time with long pauses.
    Slowed,
    /// Nothing goes out.
    Held,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthCause {
    /// The network ended the connection because of too many requests.
    RateLimited,
    /// The account may not connect for a while.
    Banned,
    /// The network refuses messages to people the account has no conversation with.
    Restricted,
}

words!(HealthLevel: Good = "good", Slowed = "slowed", Held = "held");
words!(HealthCause: RateLimited = "rate_limited", Banned = "banned", Restricted = "restricted");
