//! A group as its members see it, and what happens in it.

use serde::{Deserialize, Serialize};

use crate::{Jid, Party, Timestamp};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub jid: Jid,
    pub subject: String,
    pub description: Option<String>,
    /// Who made it.
    pub owner: Option<Party>,
    pub created_at: Option<Timestamp>,
    /// A preview of a group that one is not in may name fewer than there are.
    pub members: Vec<Member>,
    pub size: usize,
    pub settings: GroupSettings,
    #[serde(default)]
    pub kind: GroupKind,
    /// The community that it belongs to.
    #[serde(default)]
    pub parent: Option<Jid>,
}

/// What a group is among communities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    #[default]
    Group,
    /// The parent of other groups, in which nobody writes.
    Community,
    /// The group of a community in which its admins write to all.
    Announcements,
    /// The group of a community in which all write.
    General,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    #[serde(flatten)]
    pub party: Party,
    pub role: MemberRole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    Member,
    Admin,
    /// Who made the group; nobody can take that away.
    SuperAdmin,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSettings {
    /// Only admins write.
    pub announcement: bool,
    /// Only admins change subject and description.
    pub locked: bool,
    /// Who comes by link waits for an admin.
    pub approval: bool,
    /// Messages disappear after so many seconds; 0 for never.
    pub ephemeral_seconds: u32,
}

/// One change in a group, as all its members hear of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum GroupChange {
    Subject {
        subject: String,
    },
    Description {
        description: Option<String>,
    },
    Added {
        members: Vec<Party>,
    },
    Removed {
        members: Vec<Party>,
    },
    Promoted {
        members: Vec<Party>,
    },
    Demoted {
        members: Vec<Party>,
    },
    Announcement {
        on: bool,
    },
    Locked {
        on: bool,
    },
    Approval {
        on: bool,
    },
    Ephemeral {
        seconds: u32,
    },
    /// There is another picture, under this name, or none any more.
    Picture {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        picture: Option<String>,
    },
    /// The link is a new one.
    Invite {},
    /// People ask to be let in.
    Requested {
        people: Vec<Party>,
    },
    /// Groups that belong to this community from now on.
    Linked {
        groups: Vec<Jid>,
    },
    /// Groups that belong to it no more.
    Unlinked {
        groups: Vec<Jid>,
    },
    /// The group belongs to this community from now on, or to none any more.
    Community {
        community: Option<Jid>,
    },
    /// A change that this gateway has no word for, by the network's name.
    Other {
        kind: String,
    },
}

impl Group {
    /// The part that a person has in it, under either name.
    #[must_use]
    pub fn role_of(&self, person: &Party) -> Option<MemberRole> {
        self.members.iter().find(|member| member.party.is_same_person(person)).map(|member| member.role)
    }
}

impl GroupKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Community => "community",
            Self::Announcements => "announcements",
            Self::General => "general",
        }
    }
}

impl MemberRole {
    #[must_use]
    pub const fn is_admin(self) -> bool {
        matches!(self, Self::Admin | Self::SuperAdmin)
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::SuperAdmin => "super_admin",
        }
    }
}

impl Party {
    /// Whether both are one person, as far as the names known tell.
    #[must_use]
    pub fn is_same_person(&self, other: &Self) -> bool {
        (self.pn.is_some() && self.pn == other.pn) || (self.lid.is_some() && self.lid == other.lid)
    }
}
