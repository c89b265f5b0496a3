//! What people show of themselves, and what the account shows of itself.

use std::collections::BTreeMap;

use async_trait::async_trait;
use switchboard_model::{ContactChange, Jid, Party};

use super::EngineError;

#[async_trait]
pub trait ProfileLink: Send + Sync {
    /// The picture of a person or a group; none if there is none, or it is not shown to this account.
    async fn picture(&self, of: &Jid) -> Result<Option<Picture>, EngineError>;
    /// Sets a picture, square and in JPEG, or takes it away: the account's own, or that of a group.
    async fn set_picture(&self, group: Option<&Jid>, jpeg: Option<Vec<u8>>) -> Result<(), EngineError>;
    async fn about(&self, of: &Jid) -> Result<Option<String>, EngineError>;
    async fn set_about(&self, text: &str) -> Result<(), EngineError>;
    /// What the account calls itself, as far as this device knows.
    async fn own_name(&self) -> Option<String>;
    async fn set_name(&self, name: &str) -> Result<(), EngineError>;
    /// What a business tells of itself; none for anybody else.
    async fn business(&self, of: &Jid) -> Result<Option<BusinessProfile>, EngineError>;
    /// By the network's names.
    async fn privacy(&self) -> Result<BTreeMap<String, String>, EngineError>;
    async fn set_privacy(&self, category: &str, value: &str) -> Result<(), EngineError>;
    /// Whom the account has blocked, on the network's own list.
    async fn block_list(&self) -> Result<Vec<Party>, EngineError>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Another one after each change.
    pub id: String,
    /// Where the network keeps it, for a while.
    pub url: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BusinessProfile {
    pub description: Option<String>,
    pub email: Option<String>,
    pub websites: Vec<String>,
    pub categories: Vec<String>,
    pub address: Option<String>,
}

/// A person, or a group, looks different from now on.
#[derive(Clone, Debug)]
pub struct ProfileNews {
    pub of: Party,
    pub by: Option<Party>,
    pub change: ContactChange,
}
