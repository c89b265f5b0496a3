//! What is decided about chats and messages on one device of an account, and told to its others.

use async_trait::async_trait;
use switchboard_model::{Jid, MessageId, Mute, Party};

use super::EngineError;

#[async_trait]
pub trait ChatLink: Send + Sync {
    /// Tells the account's other devices what was decided here.
    async fn decide(&self, chat: &Jid, decision: ChatDecision) -> Result<(), EngineError>;

    async fn star(&self, message: &Starred, starred: bool) -> Result<(), EngineError>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatDecision {
    Archived(bool),
    Pinned(bool),
    Muted(Mute),
    Read(bool),
}

/// A message to be found again among the favourites.
#[derive(Clone, Debug)]
pub struct Starred {
    pub chat: Jid,
    pub sender: Jid,
    pub id: MessageId,
    pub from_me: bool,
}

/// Something was decided, here or elsewhere.
#[derive(Clone, Debug)]
pub struct ChatNews {
    pub chat: Party,
    pub turn: ChatTurn,
    /// Part of what a new device is told at first: no news to anybody.
    pub old: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ChatTurn {
    Decided(ChatDecision),
    /// In the account's address book.
    Named(String),
    Starred {
        id: MessageId,
        starred: bool,
    },
}
