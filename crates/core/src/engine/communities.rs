//! What a link can do with communities.

use async_trait::async_trait;
use switchboard_model::{Group, GroupKind, Jid, Member, Party, Timestamp};

use super::{EngineError, MemberFate};

#[async_trait]
pub trait CommunityLink: Send + Sync {
    /// Every community that the account is in.
    async fn communities(&self) -> Result<Vec<Group>, EngineError>;
    async fn create_community(&self, new: &NewCommunity) -> Result<Group, EngineError>;
    /// Its groups go on without it.
    async fn close_community(&self, community: &Jid) -> Result<(), EngineError>;
    async fn community_groups(&self, community: &Jid) -> Result<Vec<Subgroup>, EngineError>;
    async fn link_group(&self, community: &Jid, group: &Jid) -> Result<(), EngineError>;
    /// With `orphans`, those who are in none of its other groups go from the community too.
    async fn unlink_group(&self, community: &Jid, group: &Jid, orphans: bool) -> Result<(), EngineError>;
    /// Comes into a group of a community that the account is in.
    async fn join_community_group(&self, community: &Jid, group: &Jid) -> Result<Group, EngineError>;
    /// Everybody in it and in its groups.
    async fn community_members(&self, community: &Jid) -> Result<Vec<Member>, EngineError>;
    /// Out of the community and of all its groups; tells how each of the people fared.
    async fn remove_from_community(&self, community: &Jid, people: &[Jid]) -> Result<Vec<MemberFate>, EngineError>;
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewCommunity {
    pub subject: String,
    pub description: Option<String>,
    /// Whoever wants in waits for an admin.
    pub approval: bool,
    /// Members who are no admins may make groups in it.
    pub members_make_groups: bool,
    /// With a group in which all write.
    pub general_chat: bool,
}

/// A group of a community, as far as its community tells: the account need not be in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Subgroup {
    pub jid: Jid,
    pub subject: String,
    pub kind: GroupKind,
    pub owner: Option<Party>,
    pub created_at: Option<Timestamp>,
    pub size: Option<u32>,
}
