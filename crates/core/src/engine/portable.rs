//! A session's engine state on its way out of this gateway or into it.

use std::str::FromStr;

use serde_json::Value;
use switchboard_model::{Lid, Phone};

use crate::Error;

/// One row of what the engine keeps of a session; only the engine knows what it means.
#[derive(Clone, PartialEq, Eq)]
pub struct StateRow {
    pub name: String,
    pub id: String,
    pub value: Vec<u8>,
}

impl StateRow {
    #[must_use]
    pub fn all(rows: Vec<(String, String, Vec<u8>)>) -> Vec<Self> {
        rows.into_iter().map(|(name, id, value)| Self { name, id, value }).collect()
    }
}

/// Whose auth state it is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Baileys7,
    Baileys6,
}

impl FromStr for Form {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        match word {
            "baileys7" => Ok(Self::Baileys7),
            "baileys6" => Ok(Self::Baileys6),
            _ => Err(Error::invalid("format", "use `baileys7` or `baileys6`")),
        }
    }
}

/// An auth state for another client.
pub struct Exported {
    /// `{creds, keys}`.
    pub state: Value,
    /// What could not be expressed, by kind and number.
    pub warnings: Vec<String>,
}

/// Another client's auth state, as rows of the engine's.
pub struct Restored {
    /// All of them, in order of their names.
    pub rows: Vec<StateRow>,
    pub phone: Option<Phone>,
    pub lid: Option<Lid>,
    pub warnings: Vec<String>,
}
