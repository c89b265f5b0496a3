//! A session: one linked account, whatever the surface that made it calls it (bot, device, session).

use serde::{Deserialize, Serialize};

use crate::{Lid, Phone, SessionId, SessionState, Timestamp, UserId};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub id: SessionId,
    pub name: String,
    pub owner: UserId,
    pub origin: Origin,
    pub desired: Desired,
    pub state: SessionState,
    pub phone: Option<Phone>,
    pub lid: Option<Lid>,
    /// Whether credentials of a linked device are stored: true while disconnected, false after a logout.
    pub linked: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a session keeps of what is written in it. What is absent has its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionSettings {
    /// Whether messages and chats are stored at all. They are sent, received and told of either way.
    pub store_messages: bool,
    /// How many days messages are kept; for good if none.
    pub keep_messages_days: Option<u32>,
}

impl SessionSettings {
    pub const DEFAULT_DAYS: u32 = 90;
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { store_messages: true, keep_messages_days: Some(Self::DEFAULT_DAYS) }
    }
}

/// What the owner wants; the supervisor works towards it, over restarts too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    Disconnected,
    Connected,
}

/// The surface that made a session: the unauthenticated one sees only its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Native,
    WaApi,
    Microservice,
    Multisession,
    Import,
}

macro_rules! words {
    ($type:ident: $($variant:ident = $word:literal),* $(,)?) => {
        impl $type {
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}
pub(crate) use words;

words!(Desired: Disconnected = "disconnected", Connected = "connected");
words!(Origin: Native = "native", WaApi = "wa_api", Microservice = "microservice", Multisession = "multisession", Import = "import");
