//! Being there, and typing.

use async_trait::async_trait;
use switchboard_model::{Jid, Party, PresenceState, Timestamp};

use super::EngineError;

#[async_trait]
pub trait PresenceLink: Send + Sync {
    /// Shown as online from now on, or not.
    async fn set_presence(&self, available: bool) -> Result<(), EngineError>;
    /// From now on, until the connection ends, the network tells when this person comes and goes.
    async fn subscribe_presence(&self, person: &Jid) -> Result<(), EngineError>;
    async fn set_typing(&self, chat: &Jid, typing: Typing) -> Result<(), EngineError>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    Composing,
    Recording,
    Paused,
}

/// Somebody came, went, types or does so no more.
#[derive(Clone, Debug)]
pub struct PresenceNews {
    pub chat: Party,
    pub person: Party,
    pub state: PresenceState,
    pub last_seen: Option<Timestamp>,
}
