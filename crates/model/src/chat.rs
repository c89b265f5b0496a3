//! A conversation as a list of them shows it.

use serde::{Deserialize, Serialize};

use crate::{Jid, Party, Timestamp, session::words};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    pub party: Party,
    /// What this account calls it; else what a group or a person calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub kind: ChatKind,
    /// When something was last written in it, as far as that is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// How many messages of others nobody has read yet, here or on another device of the account.
    pub unread: u32,
    pub archived: bool,
    pub pinned: bool,
    pub muted: Mute,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    Person,
    Group,
    Newsletter,
}

words!(ChatKind: Person = "person", Group = "group", Newsletter = "newsletter");

/// Whether messages in a chat ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mute {
    #[default]
    Off,
    Until(Timestamp),
    Forever,
}

impl ChatKind {
    /// Status posts go to everybody and make no chat.
    #[must_use]
    pub fn of(jid: &Jid) -> Option<Self> {
        match jid {
            Jid::Phone(_) | Jid::Lid(_) => Some(Self::Person),
            Jid::Group(_) => Some(Self::Group),
            Jid::Newsletter(_) => Some(Self::Newsletter),
            Jid::Status => None,
        }
    }
}

impl Mute {
    #[must_use]
    pub fn is_on(self, now: Timestamp) -> bool {
        match self {
            Self::Off => false,
            Self::Until(end) => now < end,
            Self::Forever => true,
        }
    }
}
