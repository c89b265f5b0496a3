//! Changes to groups, each told to everybody whom it concerns.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::communities::Place;
use super::community_news::place_nodes;
use super::groups::{Group, GroupError, Note, Role, invite_code};
use super::{PHONE, World};
use crate::stanza::{branch, leaf};

/// How one person fared: an error code, or none.
pub(crate) type Fates = Vec<(String, Option<u16>)>;

const NOT_FOUND: u16 = 404;
const ALREADY_THERE: u16 = 409;

/// Switches of a group, named as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Announcement(bool),
    Locked(bool),
    Ephemeral(u32),
    Approval(bool),
    MembersAdd(bool),
}

impl World {
    /// Everybody in a new group hears of it.
    pub(crate) fn found_group(&mut self, creator: &str, subject: &str, others: &[String]) -> Group {
        self.found_at(creator, subject, others, Place::Alone)
    }

    pub(super) fn found_at(&mut self, creator: &str, subject: &str, others: &[String], place: Place) -> Group {
        let group = self.create_group(creator, subject, others, place);
        let all: Vec<String> = group.members.keys().cloned().collect();
        self.tell_of_group(&group, creator, &all, true);
        group
    }

    pub(crate) fn add_members(&mut self, by: &str, jid: &Jid, numbers: &[String]) -> Result<Fates, GroupError> {
        self.group(jid)?.demand_adder(by)?;
        let fates = self.admit_members(by, jid, numbers)?;
        Ok(fates)
    }

    pub(super) fn admit_members(&mut self, by: &str, jid: &Jid, numbers: &[String]) -> Result<Fates, GroupError> {
        let group = self.group(jid)?.clone();
        let fate = |number: &String| match self.accounts.contains_key(number) {
            false => Some(NOT_FOUND),
            true if group.members.contains_key(number) => Some(ALREADY_THERE),
            true => None,
        };
        let fates: Fates = numbers.iter().map(|number| (number.clone(), fate(number))).collect();
        let new: Vec<String> = fates.iter().filter(|(_, error)| error.is_none()).map(|(n, _)| n.clone()).collect();
        if new.is_empty() {
            return Ok(fates);
        }
        self.announce_members(&group, by, "add", &new);
        let changed = self.group_mut(jid)?;
        for number in &new {
            changed.members.insert(number.clone(), Role::Member);
            changed.requests.remove(number);
        }
        let changed = changed.clone();
        self.tell_of_group(&changed, by, &new, false);
        self.bring_along(by, &changed)?;
        Ok(fates)
    }

    pub(crate) fn remove_members(&mut self, by: &str, jid: &Jid, numbers: &[String]) -> Result<Fates, GroupError> {
        let group = self.group(jid)?.clone();
        if numbers != [by.to_owned()] {
            group.demand_admin(by)?;
        }
        let (there, fates) = present(&group, numbers);
        self.expel(by, &group, &there)?;
        Ok(fates)
    }

    pub(super) fn expel(&mut self, by: &str, group: &Group, whom: &[String]) -> Result<(), GroupError> {
        if !whom.is_empty() {
            self.announce_members(group, by, "remove", whom);
            self.group_mut(&group.jid())?.members.retain(|number, _| !whom.contains(number));
        }
        Ok(())
    }

    pub(crate) fn set_role(
        &mut self,
        by: &str,
        jid: &Jid,
        numbers: &[String],
        role: Role,
    ) -> Result<Fates, GroupError> {
        let group = self.group(jid)?.clone();
        group.demand_admin(by)?;
        let (there, fates) = present(&group, numbers);
        let changed = self.group_mut(jid)?;
        for number in &there {
            changed.members.insert(number.clone(), role);
        }
        let action = if role == Role::Member { "demote" } else { "promote" };
        self.announce_members(&group, by, action, &there);
        Ok(fates)
    }

    pub(crate) fn set_subject(&mut self, by: &str, jid: &Jid, text: &str) -> Result<(), GroupError> {
        self.group(jid)?.demand_editor(by)?;
        let note = self.note(by, text);
        self.group_mut(jid)?.subject = note.clone();
        let who = self.name_of(by);
        let node = NodeBuilder::new("subject").attr("subject", text).attr("s_o", who).attr("s_t", note.at).build();
        self.announce_change(jid, by, &node)
    }

    /// No text takes the description away.
    pub(crate) fn set_description(&mut self, by: &str, jid: &Jid, text: Option<&str>) -> Result<(), GroupError> {
        self.group(jid)?.demand_editor(by)?;
        let note = text.map(|text| self.note(by, text));
        self.group_mut(jid)?.description.clone_from(&note);
        let node = match &note {
            Some(note) => description_node(note),
            None => branch("description", [NodeBuilder::new("delete").build()]),
        };
        self.announce_change(jid, by, &node)
    }

    pub(crate) fn set_setting(&mut self, by: &str, jid: &Jid, setting: Setting) -> Result<(), GroupError> {
        self.group(jid)?.demand_admin(by)?;
        let group = self.group_mut(jid)?;
        match setting {
            Setting::Announcement(on) => group.announcement = on,
            Setting::Locked(on) => group.locked = on,
            Setting::Ephemeral(seconds) => group.ephemeral = seconds,
            Setting::Approval(on) => group.approval = on,
            Setting::MembersAdd(on) => group.members_add = on,
        }
        self.announce_change(jid, by, &setting_node(setting))
    }

    pub(crate) fn revoke_invite(&mut self, by: &str, jid: &Jid) -> Result<String, GroupError> {
        self.group(jid)?.demand_admin(by)?;
        let code = invite_code();
        self.group_mut(jid)?.invite.clone_from(&code);
        self.announce_change(jid, by, &NodeBuilder::new("invite").attr("code", code.as_str()).build())?;
        Ok(code)
    }

    /// Joins by link, or asks to be let in. The group, and whether the answer is still due.
    pub(crate) fn join_by_invite(&mut self, by: &str, code: &str) -> Result<(Jid, bool), GroupError> {
        let group = self.invited_to(code)?.clone();
        let jid = group.jid();
        if group.approval && !group.members.contains_key(by) {
            let now = self.now_secs();
            self.group_mut(&jid)?.requests.insert(by.to_owned(), now);
            self.tell_admins_of_request(&group, by);
            return Ok((jid, true));
        }
        self.admit_members(by, &jid, &[by.to_owned()])?;
        Ok((jid, false))
    }

    /// Lets those in who asked, or sends them away.
    pub(crate) fn decide(&mut self, by: &str, jid: &Jid, who: &[String], let_in: bool) -> Result<Fates, GroupError> {
        let group = self.group(jid)?.clone();
        group.demand_admin(by)?;
        let asked = |number: &String| group.requests.contains_key(number);
        let fates = who.iter().map(|n| (n.clone(), (!asked(n)).then_some(NOT_FOUND))).collect();
        let waiting: Vec<String> = who.iter().filter(|n| asked(n)).cloned().collect();
        self.group_mut(jid)?.requests.retain(|number, _| !waiting.contains(number));
        if let_in && !waiting.is_empty() {
            self.admit_members(by, jid, &waiting)?;
        }
        Ok(fates)
    }

    fn note(&self, by: &str, text: &str) -> Note {
        Note { id: self.fresh_id(), text: text.to_owned(), by: by.to_owned(), at: self.now_secs() }
    }

    /// Tells all members that some of them come, go, rise or fall.
    fn announce_members(&mut self, group: &Group, by: &str, action: &'static str, whom: &[String]) {
        let participants: Vec<Node> = whom.iter().map(|number| self.participant(number, None)).collect();
        let node = branch(action, participants);
        let members: Vec<String> = group.members.keys().cloned().collect();
        self.notify_members(group, by, &members, &node);
    }

    fn announce_change(&mut self, jid: &Jid, by: &str, change: &Node) -> Result<(), GroupError> {
        let group = self.group(jid)?.clone();
        let members: Vec<String> = group.members.keys().cloned().collect();
        self.notify_members(&group, by, &members, change);
        Ok(())
    }

    /// Those who come into a group are told all about it.
    fn tell_of_group(&mut self, group: &Group, by: &str, whom: &[String], new: bool) {
        for (one, other) in group.members.keys().flat_map(|one| whom.iter().map(move |other| (one, other))) {
            if one != other {
                self.acquaint(one, other);
            }
        }
        let node = NodeBuilder::new("create").attr("key", self.fresh_id());
        let node = if new { node.attr("type", "new") } else { node.attr("reason", "invite") };
        let node = node.children([self.group_node(group)]).build();
        self.notify_members(group, by, whom, &node);
    }

    fn tell_admins_of_request(&mut self, group: &Group, by: &str) {
        let Some(account) = self.accounts.get(by) else { return };
        let user =
            NodeBuilder::new("requested_user").attr("jid", account.lid_jid()).attr("phone_number", account.jid());
        let node = NodeBuilder::new("created_membership_requests")
            .attr("request_method", "invite_link")
            .children([user.build()])
            .build();
        let admins: Vec<String> = group.members.keys().filter(|n| group.is_admin(n)).cloned().collect();
        self.notify_members(group, by, &admins, &node);
    }

    pub(super) fn notify_members(&mut self, group: &Group, by: &str, whom: &[String], change: &Node) {
        let mut node = NodeBuilder::new("notification")
            .attr("from", group.jid())
            .attr("type", "w:gp2")
            .attr("id", self.fresh_id())
            .attr("t", self.now_secs())
            .attr("addressing_mode", "lid");
        if let Some(actor) = self.accounts.get(by) {
            node = node
                .attr("participant", actor.lid_jid())
                .attr("participant_pn", actor.jid())
                .attr("notify", actor.name.as_str());
        }
        let node = node.children([change.clone()]).build();
        for number in whom {
            let devices = self.accounts.get(number).map(super::Account::device_ids).unwrap_or_default();
            for device in devices.into_iter().filter(|id| *id != PHONE) {
                self.deliver_to_companion(number, device, node.clone());
            }
        }
    }

    /// By hidden id; nobody's when the account is gone.
    pub(super) fn name_of(&self, number: &str) -> Jid {
        self.accounts.get(number).map_or_else(|| Jid::pn(number), super::Account::lid_jid)
    }

    pub(crate) fn participant(&self, number: &str, role: Option<Role>) -> Node {
        let mut node =
            NodeBuilder::new("participant").attr("jid", self.name_of(number)).attr("phone_number", Jid::pn(number));
        if let Some(kind) = role.and_then(Role::attr) {
            node = node.attr("type", kind);
        }
        node.build()
    }

    /// `<group>`: all there is to know about it.
    pub(crate) fn group_node(&self, group: &Group) -> Node {
        let mut kids: Vec<Node> =
            group.members.iter().map(|(number, role)| self.participant(number, Some(*role))).collect();
        kids.extend(group.description.as_ref().map(description_node));
        kids.extend(settings(group).into_iter().map(setting_node));
        kids.extend(place_nodes(group));
        NodeBuilder::new("group")
            .attr("id", group.id.as_str())
            .attr("subject", group.subject.text.as_str())
            .attr("s_t", group.subject.at)
            .attr("s_o", self.name_of(&group.subject.by))
            .attr("s_o_pn", Jid::pn(group.subject.by.as_str()))
            .attr("creation", group.created_at)
            .attr("creator", self.name_of(&group.creator))
            .attr("creator_pn", Jid::pn(group.creator.as_str()))
            .attr("size", group.members.len())
            .attr("addressing_mode", "lid")
            .children(kids)
            .build()
    }
}

/// Only what differs from a plain group is said.
fn settings(group: &Group) -> Vec<Setting> {
    let mut settings = vec![Setting::MembersAdd(group.members_add)];
    settings.extend(group.announcement.then_some(Setting::Announcement(true)));
    settings.extend(group.locked.then_some(Setting::Locked(true)));
    settings.extend((group.ephemeral > 0).then_some(Setting::Ephemeral(group.ephemeral)));
    settings.extend(group.approval.then_some(Setting::Approval(true)));
    settings
}

fn setting_node(setting: Setting) -> Node {
    match setting {
        Setting::Announcement(true) => NodeBuilder::new("announcement").build(),
        Setting::Announcement(false) => NodeBuilder::new("not_announcement").build(),
        Setting::Locked(true) => NodeBuilder::new("locked").build(),
        Setting::Locked(false) => NodeBuilder::new("unlocked").build(),
        Setting::Ephemeral(0) => NodeBuilder::new("not_ephemeral").build(),
        Setting::Ephemeral(seconds) => NodeBuilder::new("ephemeral").attr("expiration", seconds).build(),
        Setting::Approval(on) => {
            let state = NodeBuilder::new("group_join").attr("state", if on { "on" } else { "off" }).build();
            branch("membership_approval_mode", [state])
        }
        Setting::MembersAdd(on) => {
            NodeBuilder::new("member_add_mode").string_content(if on { "all_member_add" } else { "admin_add" }).build()
        }
    }
}

fn description_node(note: &Note) -> Node {
    let body = leaf("body", note.text.as_bytes());
    NodeBuilder::new("description").attr("id", note.id.as_str()).attr("t", note.at).children([body]).build()
}

pub(super) fn present(group: &Group, numbers: &[String]) -> (Vec<String>, Fates) {
    let there = |number: &String| group.members.contains_key(number);
    let fates = numbers.iter().map(|n| (n.clone(), (!there(n)).then_some(NOT_FOUND))).collect();
    (numbers.iter().filter(|n| there(n)).cloned().collect(), fates)
}
