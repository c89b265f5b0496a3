//! What a link can do with newsletters.

use async_trait::async_trait;
use switchboard_model::{Jid, Newsletter, Post};

use super::EngineError;

#[async_trait]
pub trait NewsletterLink: Send + Sync {
    /// Every newsletter that the account runs or follows.
    async fn newsletters(&self) -> Result<Vec<Newsletter>, EngineError>;
    async fn newsletter(&self, which: &NewsletterKey) -> Result<Newsletter, EngineError>;
    async fn create_newsletter(&self, name: &str, description: Option<&str>) -> Result<Newsletter, EngineError>;
    async fn change_newsletter(&self, newsletter: &Jid, edit: &NewsletterEdit) -> Result<(), EngineError>;
    async fn follow_newsletter(&self, newsletter: &Jid) -> Result<(), EngineError>;
    async fn unfollow_newsletter(&self, newsletter: &Jid) -> Result<(), EngineError>;
    /// The newest posts, or those before the one with that number.
    async fn posts(&self, newsletter: &Jid, count: u32, before: Option<u64>) -> Result<Vec<Post>, EngineError>;
}

/// What a newsletter is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewsletterKey {
    Jid(Jid),
    /// The code of its link.
    Invite(String),
}

/// What is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewsletterEdit {
    pub name: Option<String>,
    pub description: Option<String>,
}
