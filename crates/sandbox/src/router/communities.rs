//! `w:g2`: what clients ask about communities and do to them.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Who;
use super::iq::{Answer, BAD_REQUEST, Refusal};
use crate::domain::{Group, GroupError, Rules, World};
use crate::stanza::{Stanza as _, branch};

/// What `<create>` says when it makes a community, or a group in one.
pub(super) fn create(
    world: &mut World,
    who: &Who,
    asked: &Node,
    subject: &str,
    others: &[String],
) -> Result<Group, GroupError> {
    if let Some(parent) = asked.child("parent") {
        let rules = Rules {
            closed: parent.is("default_membership_approval_mode", "request_required"),
            members_found: asked.child("allow_non_admin_sub_group_creation").is_some(),
        };
        let general = asked.child("create_general_chat").is_some();
        return Ok(world.found_community(&who.number, subject, rules, general));
    }
    match asked.child("linked_parent").and_then(|parent| parent.jid("jid")) {
        Some(community) => world.found_group_in(&who.number, subject, others, &community),
        None => Ok(world.found_group(&who.number, subject, others)),
    }
}

pub(super) fn handle(world: &mut World, who: &Who, to: &Jid, asked: &Node) -> Answer {
    match &*asked.tag {
        "sub_groups" => groups(world, who, to),
        "linked_groups_participants" => people(world, who, to),
        "query_linked" => linked(world, who, to, asked),
        "join_linked_group" => {
            world.join_group_in(&who.number, to, &asked.jid("jid").ok_or(BAD_REQUEST)?)?;
            linked(world, who, to, asked)
        }
        "links" => link(world, who, to, asked),
        "unlink" => unlink(world, who, to, asked),
        _ => Ok(world.close_community(&who.number, to).map(|()| vec![])?),
    }
}

/// The community, seen by one of its members.
pub(super) fn seen<'a>(world: &'a World, who: &Who, jid: &Jid) -> Result<&'a Group, GroupError> {
    let community = world.community_at(jid)?;
    community.demand_member(&who.number).map(|()| community)
}

fn groups(world: &World, who: &Who, to: &Jid) -> Answer {
    let groups = world.groups_in(seen(world, who, to)?);
    Ok(vec![branch("sub_groups", groups.iter().map(|group| world.linked_node(group)).collect::<Vec<_>>())])
}

fn people(world: &World, who: &Who, to: &Jid) -> Answer {
    let people = world.people_in(seen(world, who, to)?);
    let nodes: Vec<Node> = people.iter().map(|(number, role)| world.participant(number, Some(*role))).collect();
    Ok(vec![branch("linked_groups_participants", nodes)])
}

fn linked(world: &World, who: &Who, to: &Jid, asked: &Node) -> Answer {
    seen(world, who, to)?;
    let group = world.group_in(to, &asked.jid("jid").ok_or(BAD_REQUEST)?)?;
    Ok(vec![branch("linked_group", [world.group_node(group)])])
}

fn link(world: &mut World, who: &Who, to: &Jid, asked: &Node) -> Answer {
    world.community_at(to)?.demand_admin(&who.number)?;
    let asked = asked.child("link").ok_or(BAD_REQUEST)?;
    let fates = each(asked, |group, _| world.link_group(&who.number, to, group));
    let link = NodeBuilder::new("link").attr("link_type", "sub_group").children(fates).build();
    Ok(vec![branch("links", [link])])
}

fn unlink(world: &mut World, who: &Who, to: &Jid, asked: &Node) -> Answer {
    world.community_at(to)?.demand_admin(&who.number)?;
    let fates =
        each(asked, |jid, node| world.unlink_group(&who.number, to, jid, node.is("remove_orphaned_members", "true")));
    Ok(vec![NodeBuilder::new("unlink").attr("unlink_type", "sub_group").children(fates).build()])
}

/// Each group carries its own error.
fn each(asked: &Node, mut act: impl FnMut(&Jid, &Node) -> Result<(), GroupError>) -> Vec<Node> {
    let one = |(jid, node): (Jid, &Node)| {
        let fate = NodeBuilder::new("group").attr("jid", &jid);
        match act(&jid, node) {
            Ok(()) => fate.build(),
            Err(error) => fate.attr("error", Refusal::from(error).code).build(),
        }
    };
    asked.kids().iter().filter_map(|node| Some((node.jid("jid")?, node))).map(one).collect()
}
