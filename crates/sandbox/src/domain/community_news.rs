//! What members hear when groups come into a community and go, and how such groups show where they stand.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::World;
use super::communities::{Part, Place};
use super::groups::Group;
use crate::stanza::{branch, empty};

impl Group {
    pub(crate) fn is_announcements(&self) -> bool {
        matches!(self.place, Place::In { part: Part::Announcements, .. })
    }

    pub(crate) fn is_general(&self) -> bool {
        matches!(self.place, Place::In { part: Part::General, .. })
    }
}

impl World {
    /// A group as it is named beside its community.
    pub(crate) fn linked_node(&self, group: &Group) -> Node {
        NodeBuilder::new("group")
            .attr("id", group.id.as_str())
            .attr("jid", group.jid())
            .attr("subject", group.subject.text.as_str())
            .attr("s_t", group.subject.at)
            .attr("creation", group.created_at)
            .attr("creator", self.name_of(&group.creator))
            .attr("size", group.members.len())
            .children(part_node(group))
            .build()
    }

    /// The community hears of its new group.
    pub(super) fn announce_link(&mut self, community: &Group, group: &Group, by: &str) {
        let node = NodeBuilder::new("link").attr("link_type", "sub_group").children([self.linked_node(group)]);
        self.tell_all(community, by, &node.build());
    }

    /// The group hears of its community.
    pub(super) fn announce_parent(&mut self, community: &Group, group: &Group, by: &str) {
        let node = NodeBuilder::new("link").attr("link_type", "parent_group").children([self.linked_node(community)]);
        self.tell_all(group, by, &node.build());
    }

    /// The community hears that a group goes.
    pub(super) fn announce_unlink(&mut self, community: &Group, group: &Group, by: &str) {
        let node = unlink("sub_group", "unlink_group", self.linked_node(group));
        self.tell_all(community, by, &node);
    }

    /// The group hears that it has no community any more.
    pub(super) fn announce_parting(&mut self, community: &Group, group: &Group, by: &str, reason: &'static str) {
        let node = unlink("parent_group", reason, self.linked_node(community));
        self.tell_all(group, by, &node);
    }

    pub(super) fn delete_group(&mut self, by: &str, group: &Group) {
        self.tell_all(group, by, &empty("delete"));
        self.drop_group(&group.id);
    }

    fn tell_all(&mut self, group: &Group, by: &str, change: &Node) {
        let members: Vec<String> = group.members.keys().cloned().collect();
        self.notify_members(group, by, &members, change);
    }
}

/// What `<group>` says about where it stands.
pub(super) fn place_nodes(group: &Group) -> Vec<Node> {
    match &group.place {
        Place::Alone => Vec::new(),
        Place::Community(rules) => {
            let parent = NodeBuilder::new("parent");
            let parent =
                if rules.closed { parent.attr("default_membership_approval_mode", "request_required") } else { parent };
            let open = rules.members_found.then(|| empty("allow_non_admin_sub_group_creation"));
            [parent.build()].into_iter().chain(open).collect()
        }
        Place::In { community, .. } => {
            let parent = Jid::group(community.as_str());
            let linked = NodeBuilder::new("linked_parent").attr("jid", parent).build();
            [linked].into_iter().chain(part_node(group)).collect()
        }
    }
}

fn part_node(group: &Group) -> Option<Node> {
    match group.place {
        Place::In { part: Part::Announcements, .. } => Some(empty("default_sub_group")),
        Place::In { part: Part::General, .. } => Some(empty("general_chat")),
        _ => None,
    }
}

fn unlink(kind: &'static str, reason: &'static str, group: Node) -> Node {
    let mut node = branch("unlink", [group]);
    node.attrs.insert("unlink_type", kind);
    node.attrs.insert("unlink_reason", reason);
    node
}
