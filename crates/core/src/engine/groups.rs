//! What a link can do with groups.

use async_trait::async_trait;
use switchboard_model::{Group, GroupChange, Jid, Party, Timestamp};

use super::EngineError;

#[async_trait]
pub trait GroupLink: Send + Sync {
    /// Every group that the account is in.
    async fn groups(&self) -> Result<Vec<Group>, EngineError>;
    async fn group(&self, group: &Jid) -> Result<Group, EngineError>;
    async fn create_group(&self, new: &NewGroup) -> Result<Group, EngineError>;
    /// How each of the people fared.
    async fn change_members(
        &self,
        group: &Jid,
        action: MemberAction,
        people: &[Jid],
    ) -> Result<Vec<MemberFate>, EngineError>;
    async fn change_group(&self, group: &Jid, edit: &GroupEdit) -> Result<(), EngineError>;
    async fn leave_group(&self, group: &Jid) -> Result<(), EngineError>;
    /// The code of the invitation link; with `renew` the old one is worth nothing any more.
    async fn group_invite(&self, group: &Jid, renew: bool) -> Result<String, EngineError>;
    /// What an invitation leads to.
    async fn invited_group(&self, code: &str) -> Result<Group, EngineError>;
    async fn join_group(&self, code: &str) -> Result<Joined, EngineError>;
    /// Who waits for an admin.
    async fn group_requests(&self, group: &Jid) -> Result<Vec<JoinRequest>, EngineError>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGroup {
    pub subject: String,
    pub description: Option<String>,
    pub people: Vec<Jid>,
    /// The one that it is to belong to.
    pub community: Option<Jid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberAction {
    Add,
    Remove,
    Promote,
    Demote,
    /// Lets those in who asked.
    Approve,
    Reject,
}

/// One thing to change about a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupEdit {
    Subject(String),
    Description(Option<String>),
    Announcement(bool),
    Locked(bool),
    Approval(bool),
    Ephemeral(u32),
}

#[derive(Clone, Debug, PartialEq)]
pub struct MemberFate {
    pub party: Party,
    /// The network's code when it was not done.
    pub error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    pub group: Jid,
    /// An admin has to let the account in.
    pub waiting: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct JoinRequest {
    pub party: Party,
    pub since: Option<Timestamp>,
}

/// Something happened in a group.
#[derive(Clone, Debug)]
pub struct GroupNews {
    pub group: Jid,
    pub by: Option<Party>,
    pub at: Timestamp,
    pub news: GroupTurn,
}

#[derive(Clone, Debug)]
pub enum GroupTurn {
    Changed(GroupChange),
    /// This account is in the group from now on.
    Joined {
        subject: String,
    },
    /// This account is in it no more.
    Left,
}
