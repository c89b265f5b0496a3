//! Changes to communities: who makes and ends them, which groups come and go, and who comes and goes with those.

use wacore_binary::Jid;

use super::World;
use super::communities::{Part, Place, Rules};
use super::group_changes::{Fates, present};
use super::groups::{Group, GroupError};

const GENERAL: &str = "General";

impl World {
    pub(crate) fn found_community(&mut self, by: &str, subject: &str, rules: Rules, general: bool) -> Group {
        let community = self.found_at(by, subject, &[], Place::Community(rules));
        let parts = [(Part::Announcements, subject), (Part::General, GENERAL)];
        for (part, subject) in parts.into_iter().take(1 + usize::from(general)) {
            self.found_at(by, subject, &[], Place::In { community: community.id.clone(), part });
        }
        community
    }

    /// A new group that belongs to a community from the start.
    pub(crate) fn found_group_in(
        &mut self,
        by: &str,
        subject: &str,
        others: &[String],
        community: &Jid,
    ) -> Result<Group, GroupError> {
        let community = self.community_at(community)?.clone();
        community.demand_founder(by)?;
        let place = Place::In { community: community.id.clone(), part: Part::Plain };
        let group = self.found_at(by, subject, others, place);
        self.announce_link(&community, &group, by);
        self.bring_along(by, &group)?;
        Ok(group)
    }

    /// Only who is an admin of both may bring them together.
    pub(crate) fn link_group(&mut self, by: &str, community: &Jid, group: &Jid) -> Result<(), GroupError> {
        let (community, linked) = (self.community_at(community)?.clone(), self.group(group)?);
        community.demand_admin(by)?;
        linked.demand_admin(by)?;
        if linked.place != Place::Alone {
            return Err(GroupError::Elsewhere);
        }
        let linked = self.group_mut(group)?;
        linked.place = Place::In { community: community.id.clone(), part: Part::Plain };
        let linked = linked.clone();
        self.announce_link(&community, &linked, by);
        self.announce_parent(&community, &linked, by);
        self.bring_along(by, &linked)
    }

    /// With `orphans`, those who are in no other of its groups go from the community.
    pub(crate) fn unlink_group(
        &mut self,
        by: &str,
        community: &Jid,
        group: &Jid,
        orphans: bool,
    ) -> Result<(), GroupError> {
        let (linked, parent) = (self.group_in(community, group)?.clone(), self.community_at(community)?.clone());
        parent.demand_admin(by)?;
        if linked.is_announcements() {
            return Err(GroupError::Announcements);
        }
        self.part(by, &parent, &linked, "unlink_group")?;
        self.announce_unlink(&parent, &linked, by);
        let orphans = if orphans { self.orphans(&parent, &linked) } else { Vec::new() };
        self.remove_from_community(by, community, &orphans).map(drop)
    }

    /// The community ends, and the group for its announcements with it. Its other groups go on alone.
    pub(crate) fn close_community(&mut self, by: &str, jid: &Jid) -> Result<(), GroupError> {
        let community = self.community_at(jid)?.clone();
        community.demand_admin(by)?;
        for group in self.groups_in(&community) {
            if group.is_announcements() {
                self.delete_group(by, &group);
            } else {
                self.part(by, &community, &group, "delete_parent")?;
            }
        }
        self.delete_group(by, &community);
        Ok(())
    }

    /// Those in a community may come into its groups by themselves.
    pub(crate) fn join_group_in(&mut self, by: &str, community: &Jid, group: &Jid) -> Result<(), GroupError> {
        let joined = self.group_in(community, group)?.clone();
        self.community_at(community)?.demand_member(by)?;
        if joined.approval {
            return Err(GroupError::NotAnAdmin);
        }
        self.admit_members(by, group, &[by.to_owned()]).map(drop)
    }

    /// Out of the community and of all its groups.
    pub(crate) fn remove_from_community(
        &mut self,
        by: &str,
        jid: &Jid,
        numbers: &[String],
    ) -> Result<Fates, GroupError> {
        let community = self.community_at(jid)?.clone();
        let fates = self.remove_members(by, jid, numbers)?;
        for group in self.groups_in(&community) {
            let (there, _) = present(&group, numbers);
            self.expel(by, &group, &there)?;
        }
        Ok(fates)
    }

    /// Who leaves a community leaves all its groups.
    pub(crate) fn leave_group(&mut self, by: &str, jid: &Jid) -> Result<(), GroupError> {
        let group = self.group(jid)?;
        group.demand_member(by)?;
        let (itself, is_community) = ([by.to_owned()], group.is_community());
        let left = if is_community {
            self.remove_from_community(by, jid, &itself)
        } else {
            self.remove_members(by, jid, &itself)
        };
        left.map(drop)
    }

    /// The members of one of its groups come into the community, and into what is everybody's there.
    pub(super) fn bring_along(&mut self, by: &str, group: &Group) -> Result<(), GroupError> {
        let Some(community) = group.community() else { return Ok(()) };
        let parent = self.community_at(&community)?.clone();
        let open = self.groups_in(&parent).into_iter().filter(|group| group.place.is_everybodys());
        let places: Vec<Group> = [parent].into_iter().chain(open).collect();
        for place in places {
            let missing: Vec<String> =
                group.members.keys().filter(|number| !place.members.contains_key(*number)).cloned().collect();
            if !missing.is_empty() {
                self.admit_members(by, &place.jid(), &missing)?;
            }
        }
        Ok(())
    }

    fn part(&mut self, by: &str, community: &Group, group: &Group, reason: &'static str) -> Result<(), GroupError> {
        self.group_mut(&group.jid())?.place = Place::Alone;
        self.announce_parting(community, group, by, reason);
        Ok(())
    }

    fn orphans(&self, community: &Group, parted: &Group) -> Vec<String> {
        let others: Vec<Group> =
            self.groups_in(community).into_iter().filter(|group| !group.place.is_everybodys()).collect();
        let is_orphan = |number: &&String| {
            !community.is_admin(number) && !others.iter().any(|group| group.members.contains_key(*number))
        };
        parted.members.keys().filter(is_orphan).cloned().collect()
    }
}
