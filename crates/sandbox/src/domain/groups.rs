//! Groups: who is in them, who may do what, and what they look like to their members.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use wacore_binary::Jid;

use super::World;
use super::communities::{Part, Place};
use crate::random;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Member,
    Admin,
    /// Who made the group.
    Superadmin,
}

impl Role {
    /// The `type` of a `<participant>`; plain members have none.
    pub(crate) fn attr(self) -> Option<&'static str> {
        match self {
            Self::Member => None,
            Self::Admin => Some("admin"),
            Self::Superadmin => Some("superadmin"),
        }
    }
}

/// Something written by a member at a time.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) by: String,
    pub(crate) at: u64,
}

/// People are named by their numbers here; the wire names them by their hidden ids.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    /// The user part of its JID.
    pub(crate) id: String,
    pub(crate) subject: Note,
    pub(crate) description: Option<Note>,
    #[serde(default)]
    pub(crate) picture: Option<String>,
    pub(crate) creator: String,
    pub(crate) created_at: u64,
    pub(crate) members: BTreeMap<String, Role>,
    /// Only admins may write.
    pub(crate) announcement: bool,
    /// Only admins may change subject and description.
    pub(crate) locked: bool,
    /// Seconds after which messages disappear; 0 for never.
    pub(crate) ephemeral: u32,
    /// Whoever comes by link waits for an admin.
    pub(crate) approval: bool,
    /// Members who are no admins may add others.
    pub(crate) members_add: bool,
    pub(crate) invite: String,
    /// Who waits for an admin, since when.
    pub(crate) requests: BTreeMap<String, u64>,
    #[serde(default)]
    pub(crate) place: Place,
}

/// Why something cannot be done to a group.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum GroupError {
    #[error("there is no such group on this network")]
    Unknown,
    #[error("{0} is not in the group")]
    NotAMember(String),
    #[error("only admins of the group may do that")]
    NotAnAdmin,
    #[error("the invite code belongs to no group; it may have been revoked")]
    NoSuchInvite,
    #[error("the group is no community")]
    NotACommunity,
    #[error("the group belongs to another community, or to none")]
    Elsewhere,
    #[error("the group for the announcements goes when its community goes")]
    Announcements,
}

impl Group {
    pub(crate) fn jid(&self) -> Jid {
        Jid::group(self.id.as_str())
    }

    pub(crate) fn is_admin(&self, number: &str) -> bool {
        self.members.get(number).is_some_and(|role| *role != Role::Member)
    }

    pub(crate) fn may_write(&self, number: &str) -> Result<(), GroupError> {
        match self.members.get(number) {
            None => Err(GroupError::NotAMember(number.to_owned())),
            Some(Role::Member) if self.announcement => Err(GroupError::NotAnAdmin),
            Some(_) => Ok(()),
        }
    }

    pub(crate) fn demand_member(&self, number: &str) -> Result<(), GroupError> {
        let found = self.members.contains_key(number);
        found.then_some(()).ok_or_else(|| GroupError::NotAMember(number.to_owned()))
    }

    pub(crate) fn demand_admin(&self, number: &str) -> Result<(), GroupError> {
        self.demand_member(number)?;
        self.is_admin(number).then_some(()).ok_or(GroupError::NotAnAdmin)
    }

    /// Subject and description: everybody's business unless the group is locked.
    pub(crate) fn demand_editor(&self, number: &str) -> Result<(), GroupError> {
        if self.locked { self.demand_admin(number) } else { self.demand_member(number) }
    }

    pub(crate) fn demand_adder(&self, number: &str) -> Result<(), GroupError> {
        if self.members_add { self.demand_member(number) } else { self.demand_admin(number) }
    }
}

impl World {
    /// A group of the creator and those others that are on the network.
    pub(super) fn create_group(&mut self, creator: &str, subject: &str, others: &[String], place: Place) -> Group {
        let now = self.now_secs();
        let mut members: BTreeMap<String, Role> = others.iter().map(|number| (number.clone(), Role::Member)).collect();
        members.insert(creator.to_owned(), Role::Superadmin);
        let group = Group {
            id: group_id(),
            subject: Note { id: self.fresh_id(), text: subject.to_owned(), by: creator.to_owned(), at: now },
            description: None,
            picture: None,
            creator: creator.to_owned(),
            created_at: now,
            members,
            announcement: matches!(place, Place::In { part: Part::Announcements, .. }),
            locked: false,
            ephemeral: 0,
            approval: false,
            members_add: false,
            invite: invite_code(),
            requests: BTreeMap::new(),
            place,
        };
        self.put_group(group.clone());
        group
    }

    pub(crate) fn group(&self, jid: &Jid) -> Result<&Group, GroupError> {
        let found = if is_group(jid) { self.groups.get(jid.user.as_str()) } else { None };
        found.ok_or(GroupError::Unknown)
    }

    /// To be changed and written to disk.
    pub(crate) fn group_mut(&mut self, jid: &Jid) -> Result<&mut Group, GroupError> {
        let found = self.groups.get_mut(jid.user.as_str()).ok_or(GroupError::Unknown)?;
        self.changed.groups.insert(found.id.clone());
        Ok(found)
    }

    pub(crate) fn put_group(&mut self, group: Group) {
        self.changed.groups.insert(group.id.clone());
        self.groups.insert(group.id.clone(), group);
    }

    pub(super) fn drop_group(&mut self, id: &str) {
        self.changed.groups.insert(id.to_owned());
        self.groups.remove(id);
    }

    pub(crate) fn groups_of(&self, number: &str) -> impl Iterator<Item = &Group> {
        self.groups.values().filter(move |group| group.members.contains_key(number))
    }

    pub(crate) fn invited_to(&self, code: &str) -> Result<&Group, GroupError> {
        self.groups.values().find(|group| group.invite == code).ok_or(GroupError::NoSuchInvite)
    }
}

/// Where status posts go: to whom is named with each.
pub(crate) fn is_status(jid: &Jid) -> bool {
    jid.server == wacore_binary::Server::Broadcast && jid.user == "status"
}

pub(crate) fn is_group(jid: &Jid) -> bool {
    jid.server == wacore_binary::Server::Group
}

/// The group a chat is, if it is one.
pub(crate) fn group_jid(chat: &str) -> Option<Jid> {
    chat.parse().ok().filter(is_group)
}

/// Eighteen digits, as groups have had for years.
fn group_id() -> String {
    let random = u64::from_be_bytes(random::bytes());
    (120_363_000_000_000_000 + random % 1_000_000_000_000).to_string()
}

/// 22 characters of a link.
pub(crate) fn invite_code() -> String {
    hex::encode(random::bytes::<11>())
}
