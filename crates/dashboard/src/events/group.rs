//! What has changed about a group, in a few words.

use switchboard_model::{GroupChange, Jid, Party};

use crate::{
    show,
    text::{Text, fill},
};

/// So many are named.
const NAMED: usize = 5;

pub(super) fn change(t: &'static Text, change: &GroupChange) -> String {
    let on = |is: bool| if is { t.yes } else { t.no };
    let (sentence, value) = match change {
        GroupChange::Subject { subject } => (t.event_subject, subject.clone()),
        GroupChange::Description { description } => (t.event_description, description.clone().unwrap_or_default()),
        GroupChange::Added { members } => (t.event_added, people(members)),
        GroupChange::Removed { members } => (t.event_removed, people(members)),
        GroupChange::Promoted { members } => (t.event_promoted, people(members)),
        GroupChange::Demoted { members } => (t.event_demoted, people(members)),
        GroupChange::Announcement { on: is } => (t.event_announcement, on(*is).to_owned()),
        GroupChange::Locked { on: is } => (t.event_locked, on(*is).to_owned()),
        GroupChange::Approval { on: is } => (t.event_approval, on(*is).to_owned()),
        GroupChange::Ephemeral { seconds: 0 } => (t.event_lasting, String::new()),
        GroupChange::Ephemeral { seconds } => (t.event_ephemeral, seconds.to_string()),
        GroupChange::Picture { picture: Some(_) } => (t.event_picture, String::new()),
        GroupChange::Picture { picture: None } => (t.event_no_picture, String::new()),
        GroupChange::Invite {} => (t.event_invite, String::new()),
        GroupChange::Requested { people: who } => (t.event_requested, people(who)),
        GroupChange::Linked { groups } => (t.event_groups_added, named(groups.iter().map(Jid::to_string))),
        GroupChange::Unlinked { groups } => (t.event_groups_removed, named(groups.iter().map(Jid::to_string))),
        GroupChange::Community { community: Some(community) } => (t.event_community, community.to_string()),
        GroupChange::Community { community: None } => (t.event_no_community, String::new()),
        GroupChange::Other { kind } => return kind.clone(),
    };
    fill(sentence, &[&value])
}

fn people(people: &[Party]) -> String {
    named(people.iter().map(show::party))
}

fn named(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = if names.len() > NAMED { ", …" } else { "" };
    names.take(NAMED).collect::<Vec<_>>().join(", ") + more
}
