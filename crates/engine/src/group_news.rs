//! What the network tells the members of a group.

use switchboard_core::engine::{GroupNews, GroupTurn};
use switchboard_model::{GroupChange, Jid, Party, Timestamp};
use wacore::{
    stanza::groups::{GroupNotificationAction as Action, GroupParticipantInfo},
    types::events::GroupUpdate,
};
use wacore_binary::Node;

use crate::{convert::party, events::Events};

impl Events {
    pub(crate) fn group_news(&self, update: &GroupUpdate) -> Option<GroupNews> {
        let group = party(&update.group_jid, None)?.jid;
        let by = update.participant.as_ref().and_then(|jid| self.party(jid, update.participant_pn.as_ref()));
        let news = self.turn(&update.action)?;
        Some(GroupNews { group, by, at: Timestamp::from_millis(update.timestamp.timestamp_millis()), news })
    }

    fn turn(&self, action: &Action) -> Option<GroupTurn> {
        Some(match action {
            Action::Create { raw } => GroupTurn::Joined { subject: subject_of(raw) },
            Action::Remove { participants, .. } => {
                let members = self.people(participants);
                if self.names_us(&members) {
                    GroupTurn::Left
                } else {
                    GroupTurn::Changed(GroupChange::Removed { members })
                }
            }
            Action::Delete { .. } => GroupTurn::Left,
            other => GroupTurn::Changed(self.change(other)),
        })
    }

    fn change(&self, action: &Action) -> GroupChange {
        let on = true;
        match action {
            Action::Add { participants, .. } => GroupChange::Added { members: self.people(participants) },
            Action::Promote { participants } => GroupChange::Promoted { members: self.people(participants) },
            Action::Demote { participants } => GroupChange::Demoted { members: self.people(participants) },
            Action::Subject { subject, .. } => GroupChange::Subject { subject: subject.clone() },
            Action::Description { description, .. } => GroupChange::Description { description: description.clone() },
            Action::Locked { .. } => GroupChange::Locked { on },
            Action::Unlocked => GroupChange::Locked { on: !on },
            Action::Announce => GroupChange::Announcement { on },
            Action::NotAnnounce => GroupChange::Announcement { on: !on },
            Action::Ephemeral { expiration, .. } => GroupChange::Ephemeral { seconds: *expiration },
            Action::MembershipApprovalMode { enabled } => GroupChange::Approval { on: *enabled },
            Action::Invite { .. } | Action::RevokeInvite => GroupChange::Invite {},
            Action::CreatedMembershipRequests { requests, .. } => {
                GroupChange::Requested { people: self.people(requests) }
            }
            Action::Link { link_type, raw } => linked(link_type, raw),
            Action::Unlink { unlink_type, raw, .. } => unlinked(unlink_type, raw),
            other => GroupChange::Other { kind: other.tag_name().to_owned() },
        }
    }

    fn people(&self, participants: &[GroupParticipantInfo]) -> Vec<Party> {
        let one = |info: &GroupParticipantInfo| self.party(&info.jid, info.phone_number.as_ref().or(info.lid.as_ref()));
        participants.iter().filter_map(one).collect()
    }

    fn names_us(&self, people: &[Party]) -> bool {
        let Some(client) = self.state.client() else { return false };
        let own = [client.pn(), client.lid()].into_iter().flatten().filter_map(|jid| party(&jid, None));
        own.into_iter().any(|own| people.iter().any(|person| person.is_same_person(&own)))
    }
}

/// A community hears of its groups, a group of its community, and of the others there.
fn linked(kind: &str, link: &Node) -> GroupChange {
    let mut groups = named(link);
    match kind {
        "sub_group" => GroupChange::Linked { groups },
        "parent_group" => GroupChange::Community { community: groups.pop() },
        _ => GroupChange::Other { kind: "link".to_owned() },
    }
}

fn unlinked(kind: &str, unlink: &Node) -> GroupChange {
    match kind {
        "sub_group" => GroupChange::Unlinked { groups: named(unlink) },
        "parent_group" => GroupChange::Community { community: None },
        _ => GroupChange::Other { kind: "unlink".to_owned() },
    }
}

fn named(link: &Node) -> Vec<Jid> {
    let groups = link.children().unwrap_or_default().iter().filter(|node| node.tag == "group");
    groups.filter_map(|group| Some(party(&group.attrs.get("jid")?.to_jid()?, None)?.jid)).collect()
}

fn subject_of(create: &Node) -> String {
    let group = create.children().unwrap_or_default().iter().find(|node| node.tag == "group");
    group.and_then(|group| group.attrs.get("subject")).map(|text| text.as_str().into_owned()).unwrap_or_default()
}
