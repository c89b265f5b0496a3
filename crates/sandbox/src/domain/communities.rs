//! Communities: groups that other groups belong to.
//!
//! Whoever is in one of its groups is in the community, and so in the group for its announcements and in the one in
//! which all talk. Nobody has to be in any other of its groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

use super::World;
use super::groups::{Group, GroupError, Role};

/// Where a group stands among communities. A community is named by the user part of its JID.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    #[default]
    Alone,
    Community(Rules),
    In {
        community: String,
        part: Part,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rules {
    /// Whoever wants in waits for an admin.
    pub(crate) closed: bool,
    /// Members who are no admins may make groups in it.
    pub(crate) members_found: bool,
}

/// What a group is to its community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    Plain,
    /// Made with the community: its admins write, all read.
    Announcements,
    /// Made with the community: all write.
    General,
}

impl Place {
    fn in_the(&self, id: &str) -> bool {
        matches!(self, Self::In { community, .. } if community == id)
    }

    pub(super) fn is_everybodys(&self) -> bool {
        matches!(self, Self::In { part: Part::Announcements | Part::General, .. })
    }
}

impl Group {
    pub(crate) fn is_community(&self) -> bool {
        matches!(self.place, Place::Community(_))
    }

    /// The community that it is, or that it belongs to.
    pub(crate) fn community(&self) -> Option<Jid> {
        match &self.place {
            Place::Alone => None,
            Place::Community(_) => Some(self.jid()),
            Place::In { community, .. } => Some(Jid::group(community.as_str())),
        }
    }

    pub(super) fn demand_founder(&self, number: &str) -> Result<(), GroupError> {
        match self.place {
            Place::Community(Rules { members_found: true, .. }) => self.demand_member(number),
            _ => self.demand_admin(number),
        }
    }
}

impl World {
    pub(crate) fn community_at(&self, jid: &Jid) -> Result<&Group, GroupError> {
        let found = self.group(jid)?;
        found.is_community().then_some(found).ok_or(GroupError::NotACommunity)
    }

    /// The groups of a community, those that came with it first.
    pub(crate) fn groups_in(&self, community: &Group) -> Vec<Group> {
        let mut groups: Vec<Group> =
            self.groups.values().filter(|group| group.place.in_the(&community.id)).cloned().collect();
        groups.sort_by_key(|group| (!group.is_announcements(), !group.is_general(), group.created_at));
        groups
    }

    /// One of the groups of a community.
    pub(crate) fn group_in(&self, community: &Jid, group: &Jid) -> Result<&Group, GroupError> {
        let (community, group) = (self.community_at(community)?, self.group(group)?);
        group.place.in_the(&community.id).then_some(group).ok_or(GroupError::Elsewhere)
    }

    /// Everybody in a community, with the part they have in all of it.
    pub(crate) fn people_in(&self, community: &Group) -> BTreeMap<String, Role> {
        let of_groups = self.groups_in(community).into_iter().flat_map(|group| group.members.into_keys());
        let mut people: BTreeMap<String, Role> = of_groups.map(|number| (number, Role::Member)).collect();
        people.extend(community.members.clone());
        people
    }
}
