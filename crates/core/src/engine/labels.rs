//! Labels of chats, which the devices of a business account share.

use async_trait::async_trait;
use switchboard_model::{Jid, Label, Party};

use super::EngineError;

#[async_trait]
pub trait LabelLink: Send + Sync {
    /// Makes a label, or calls and draws it otherwise, on all devices of the account.
    async fn put_label(&self, label: &Label) -> Result<(), EngineError>;

    async fn delete_label(&self, id: &str) -> Result<(), EngineError>;

    async fn label_chat(&self, chat: &Jid, label: &str, labeled: bool) -> Result<(), EngineError>;
}

/// Something happened to a label, here or elsewhere.
#[derive(Clone, Debug)]
pub struct LabelNews {
    pub turn: LabelTurn,
    /// Part of what a new device is told at first: no news to anybody.
    pub old: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum LabelTurn {
    Is(Label),
    Deleted { id: String },
    OnChat { chat: Party, label: String, labeled: bool },
}
