//! `w:g2`: what clients ask about groups and do to them.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::iq::{Answer, BAD_REQUEST, NOT_FOUND, NOT_IMPLEMENTED, Refusal};
use super::{Who, communities};
use crate::domain::{Fates, GroupError, Role, Setting, World};
use crate::stanza::{Stanza as _, branch};

const LONGEST_SUBJECT: usize = 100;
const LONGEST_DESCRIPTION: usize = 2_048;

pub(super) fn handle(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let Some(asked) = iq.first() else { return Err(BAD_REQUEST) };
    let to = iq.jid("to").unwrap_or_default();
    let get = iq.is("type", "get");
    let tag = asked.tag.to_string();
    match tag.as_str() {
        "participating" => Ok(participating(world, who)),
        "query" if to.user.is_empty() => Ok(several(world, who, asked)),
        "query" => query(world, who, &to),
        "create" => create(world, who, asked),
        "leave" => leave(world, who, asked),
        "add" | "remove" | "promote" | "demote" => participants(world, who, &to, asked),
        "subject" => set_subject(world, who, &to, asked),
        "description" => set_description(world, who, &to, asked),
        "invite" if to.user.is_empty() && get => preview(world, asked),
        "invite" if to.user.is_empty() => join(world, who, asked),
        "invite" => invite(world, who, &to, get),
        "membership_approval_requests" => requests(world, who, &to),
        "membership_requests_action" => decide(world, who, &to, asked),
        "sub_groups"
        | "linked_groups_participants"
        | "query_linked"
        | "join_linked_group"
        | "links"
        | "unlink"
        | "delete_parent" => communities::handle(world, who, &to, asked),
        _ => match setting(asked) {
            Some(setting) => Ok(world.set_setting(&who.number, &to, setting).map(|()| vec![])?),
            None => {
                world.count_unhandled(format!("<iq xmlns=w:g2><{tag}>"));
                Err(NOT_IMPLEMENTED)
            }
        },
    }
}

impl From<GroupError> for Refusal {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::Unknown => NOT_FOUND,
            GroupError::NotAMember(_) => Self { code: 403, text: "forbidden" },
            GroupError::NotAnAdmin => Self { code: 401, text: "not-authorized" },
            GroupError::NoSuchInvite | GroupError::Announcements => Self { code: 406, text: "not-acceptable" },
            GroupError::NotACommunity => BAD_REQUEST,
            GroupError::Elsewhere => Self { code: 409, text: "conflict" },
        }
    }
}

fn participating(world: &World, who: &Who) -> Vec<Node> {
    let groups: Vec<Node> = world.groups_of(&who.number).map(|group| world.group_node(group)).collect();
    vec![branch("groups", groups)]
}

fn query(world: &World, who: &Who, jid: &Jid) -> Answer {
    let group = world.group(jid)?;
    group.demand_member(&who.number)?;
    Ok(vec![world.group_node(group)])
}

/// Groups asked about together each carry their own error.
fn several(world: &World, who: &Who, asked: &Node) -> Vec<Node> {
    let one = |jid: Jid| match query(world, who, &jid) {
        Ok(nodes) => nodes,
        Err(refusal) => {
            vec![NodeBuilder::new("group").attr("id", jid.user.as_str()).attr("error", refusal.code).build()]
        }
    };
    let groups: Vec<Node> = asked.kids().iter().filter_map(|group| group.jid("jid")).flat_map(one).collect();
    vec![branch("groups", groups)]
}

fn create(world: &mut World, who: &Who, asked: &Node) -> Answer {
    let subject = asked.text("subject").filter(|s| !s.is_empty() && s.chars().count() <= LONGEST_SUBJECT);
    let subject = subject.ok_or(BAD_REQUEST)?;
    let others: Vec<String> = people(asked).iter().filter_map(|jid| world.number_of(jid)).collect();
    let group = communities::create(world, who, asked, &subject, &others)?;
    let jid = group.jid();
    for setting in asked.kids().iter().filter_map(setting) {
        world.set_setting(&who.number, &jid, setting)?;
    }
    if let Some(text) = asked.child("description").and_then(body).filter(|text| !text.is_empty()) {
        world.set_description(&who.number, &jid, Some(&text))?;
    }
    Ok(vec![world.group_node(world.group(&jid)?)])
}

fn leave(world: &mut World, who: &Who, asked: &Node) -> Answer {
    let groups: Vec<Jid> = asked.kids().iter().filter_map(named).collect();
    for jid in &groups {
        world.leave_group(&who.number, jid)?;
    }
    let left = groups.iter().map(|jid| NodeBuilder::new("group").attr("id", jid).build());
    Ok(vec![branch("leave", left)])
}

fn participants(world: &mut World, who: &Who, to: &Jid, asked: &Node) -> Answer {
    let people = people(asked);
    // Those who are not on the network keep the name they were asked for by.
    let numbers: Vec<String> =
        people.iter().map(|jid| world.number_of(jid).unwrap_or_else(|| jid.user.to_string())).collect();
    let by = &who.number;
    let (tag, fates) = match &*asked.tag {
        "add" => ("add", world.add_members(by, to, &numbers)?),
        "remove" if asked.is("linked_groups", "true") => ("remove", world.remove_from_community(by, to, &numbers)?),
        "remove" => ("remove", world.remove_members(by, to, &numbers)?),
        "promote" => ("promote", world.set_role(by, to, &numbers, Role::Admin)?),
        _ => ("demote", world.set_role(by, to, &numbers, Role::Member)?),
    };
    Ok(vec![branch(tag, fate_nodes(world, &people, &fates))])
}

fn fate_nodes(world: &World, people: &[Jid], fates: &Fates) -> Vec<Node> {
    let node = |(jid, (number, error)): (&Jid, &(String, Option<u16>))| {
        let mut node = match error {
            None => world.participant(number, None),
            Some(_) => NodeBuilder::new("participant").attr("jid", jid).build(),
        };
        if let Some(code) = error {
            node.attrs.insert("error", *code);
        }
        node
    };
    people.iter().zip(fates).map(node).collect()
}

fn set_subject(world: &mut World, who: &Who, to: &Jid, asked: &Node) -> Answer {
    let text = String::from_utf8_lossy(asked.bytes()).into_owned();
    if text.is_empty() || text.chars().count() > LONGEST_SUBJECT {
        return Err(BAD_REQUEST);
    }
    world.set_subject(&who.number, to, &text)?;
    Ok(vec![])
}

/// Only who knows the present description may replace it.
fn set_description(world: &mut World, who: &Who, to: &Jid, asked: &Node) -> Answer {
    let present = world.group(to)?.description.as_ref().map(|note| note.id.clone());
    if asked.text("prev") != present {
        return Err(Refusal { code: 409, text: "conflict" });
    }
    let text = body(asked);
    if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_DESCRIPTION) {
        return Err(BAD_REQUEST);
    }
    world.set_description(&who.number, to, text.as_deref())?;
    Ok(vec![])
}

fn invite(world: &mut World, who: &Who, to: &Jid, get: bool) -> Answer {
    world.group(to)?.demand_admin(&who.number)?;
    let code = if get { world.group(to)?.invite.clone() } else { world.revoke_invite(&who.number, to)? };
    Ok(vec![NodeBuilder::new("invite").attr("code", code).build()])
}

/// What a group looks like to somebody who holds its link.
fn preview(world: &World, asked: &Node) -> Answer {
    let code = asked.text("code").ok_or(BAD_REQUEST)?;
    Ok(vec![world.group_node(world.invited_to(&code)?)])
}

fn join(world: &mut World, who: &Who, asked: &Node) -> Answer {
    let code = asked.text("code").ok_or(BAD_REQUEST)?;
    let (jid, waits) = world.join_by_invite(&who.number, &code)?;
    let tag = if waits { "membership_approval_request" } else { "group" };
    Ok(vec![NodeBuilder::new(tag).attr("jid", jid).build()])
}

fn requests(world: &World, who: &Who, to: &Jid) -> Answer {
    let group = world.group(to)?;
    group.demand_admin(&who.number)?;
    let waiting = group.requests.iter().filter_map(|(number, since)| {
        let jid = world.accounts.get(number)?.lid_jid();
        let node = NodeBuilder::new("membership_approval_request").attr("jid", jid);
        Some(node.attr("phone_number", Jid::pn(number.as_str())).attr("request_time", *since).build())
    });
    Ok(vec![branch("membership_approval_requests", waiting.collect::<Vec<_>>())])
}

fn decide(world: &mut World, who: &Who, to: &Jid, asked: &Node) -> Answer {
    let action = asked.first().ok_or(BAD_REQUEST)?;
    let tag = if action.tag == "approve" { "approve" } else { "reject" };
    let people = people(action);
    let numbers: Vec<String> = people.iter().filter_map(|jid| world.number_of(jid)).collect();
    let fates = world.decide(&who.number, to, &numbers, tag == "approve")?;
    let answer = branch(tag, fate_nodes(world, &people, &fates));
    Ok(vec![branch("membership_requests_action", [answer])])
}

fn setting(node: &Node) -> Option<Setting> {
    Some(match &*node.tag {
        "announcement" => Setting::Announcement(true),
        "not_announcement" => Setting::Announcement(false),
        "locked" => Setting::Locked(true),
        "unlocked" => Setting::Locked(false),
        "ephemeral" => Setting::Ephemeral(node.text("expiration")?.parse().ok()?),
        "not_ephemeral" => Setting::Ephemeral(0),
        "membership_approval_mode" => Setting::Approval(node.child("group_join")?.is("state", "on")),
        "member_add_mode" => Setting::MembersAdd(node.bytes() == b"all_member_add"),
        _ => return None,
    })
}

fn people(node: &Node) -> Vec<Jid> {
    node.kids().iter().filter(|kid| kid.tag == "participant").filter_map(|kid| kid.jid("jid")).collect()
}

fn body(description: &Node) -> Option<String> {
    description.child("body").map(|body| String::from_utf8_lossy(body.bytes()).into_owned())
}

/// Groups are named by their JID or its user part.
fn named(group: &Node) -> Option<Jid> {
    let id = group.text("id")?;
    if id.contains('@') { id.parse().ok() } else { Some(Jid::group(id.as_str())) }
}
