//! The gist of an event, in one line.

use switchboard_model::{
    Chat, ContactChange, Content, EventBody, Health, HealthLevel, Message, Mute, Party, PresenceState, Unblocked,
};

use super::group;
use crate::{
    show,
    text::{Text, fill},
};

pub(super) fn summary(t: &'static Text, body: &EventBody) -> String {
    match body {
        EventBody::SessionCreated { name } => name.clone(),
        EventBody::SessionStateChanged(state) => show::state(t, state),
        EventBody::SessionQr { .. } => t.event_qr.to_owned(),
        EventBody::SessionPairingCode { .. } => t.event_pairing_code.to_owned(),
        EventBody::SessionPaired { account } => format!("{} {}", t.connected_as, show::party(account)),
        EventBody::SessionHealthChanged(told) => health(t, told),
        EventBody::SessionDeleted {} => t.event_session_deleted.to_owned(),
        EventBody::MessageReceived(message)
        | EventBody::MessageSent(message)
        | EventBody::MessageReaction(message)
        | EventBody::MessageEdited(message)
        | EventBody::MessageRevoked(message)
        | EventBody::MessagePollVote(message) => about(&message.chat, &said(t, message)),
        EventBody::MessageStatusChanged { chat, status, reason, .. } => {
            about(chat, &because(show::status(t, *status), reason.as_deref()))
        }
        EventBody::MessageUndecryptable { chat, .. } => about(chat, t.event_undecryptable),
        EventBody::MessageStarred { chat, starred, .. } => {
            about(chat, if *starred { t.event_starred } else { t.event_unstarred })
        }
        EventBody::HandoverTaken { holder, .. }
        | EventBody::HandoverRenewed { holder, .. }
        | EventBody::HandoverExpired { holder, .. }
        | EventBody::HandoverReturned { holder, .. }
        | EventBody::HandoverTakenBack { holder, .. } => holder.clone(),
        EventBody::GroupUpdated { group, change, .. } => about(group, &group::change(t, change)),
        EventBody::GroupJoined { group, subject, .. } => about(group, subject),
        EventBody::GroupLeft { group, .. } => show::party(group),
        EventBody::CallReceived(call) => about(&call.from, if call.video { t.call_video } else { "" }),
        EventBody::CallRejected { from, .. } => about(from, t.call_rejected),
        EventBody::CallEnded { from, status, .. } => about(from, show::call_status(t, *status).0),
        EventBody::ContactBlocked(block) => about(&block.contact, block.reason.as_deref().unwrap_or_default()),
        EventBody::ContactUnblocked { contact, why, .. } => about(contact, unblocked(t, *why)),
        EventBody::ContactUpdated { contact, change } => about(contact, &shows(t, change)),
        EventBody::PresenceUpdated { person, state, .. } => about(person, presence(t, *state)),
        EventBody::ChatUpdated(chat) => decided(t, chat),
        EventBody::ChatLabeled { chat, label, labeled } => {
            about(chat, &fill(if *labeled { t.event_labeled } else { t.event_unlabeled }, &[label]))
        }
        EventBody::LabelUpdated(label) => label.name.clone(),
        EventBody::LabelDeleted { id } => id.clone(),
        EventBody::HistoryProgress { progress, chats, messages, .. } => {
            fill(t.event_history, &[&progress.to_string(), &chats.to_string(), &messages.to_string()])
        }
        EventBody::WebhookTest {} => String::new(),
    }
}

fn about(party: &Party, what: &str) -> String {
    let who = show::party(party);
    if what.is_empty() { who } else { format!("{who}: {what}") }
}

fn because(what: &str, reason: Option<&str>) -> String {
    reason.map_or_else(|| what.to_owned(), |reason| format!("{what}: {reason}"))
}

fn said(t: &'static Text, message: &Message) -> String {
    match &message.content {
        Content::Reaction { emoji, .. } if emoji.is_empty() => t.event_reaction_taken.to_owned(),
        Content::Reaction { emoji, .. } => emoji.clone(),
        Content::Edit { text, .. } => format!("{text} ({})", t.chat_edited),
        Content::Revoke { .. } => t.message_deleted.to_owned(),
        Content::PollVote(vote) if !vote.options.is_empty() => vote.options.join(", "),
        Content::PollVote(vote) if vote.hashes.is_empty() => t.event_vote_taken.to_owned(),
        other => show::content(t, other),
    }
}

fn health(t: &'static Text, health: &Health) -> String {
    let level = match health.level {
        HealthLevel::Good => t.event_unlimited,
        HealthLevel::Slowed => t.event_slowed,
        HealthLevel::Held => t.event_held,
    };
    because(level, health.reason.as_deref())
}

fn unblocked(t: &'static Text, why: Unblocked) -> &'static str {
    match why {
        Unblocked::Expired => t.event_block_over,
        Unblocked::ByHand => t.event_unblocked,
    }
}

fn shows(t: &'static Text, change: &ContactChange) -> String {
    match change {
        ContactChange::Picture { picture: Some(_) } => t.event_picture.to_owned(),
        ContactChange::Picture { picture: None } => t.event_no_picture.to_owned(),
        ContactChange::About { about } => fill(t.event_about, &[about]),
    }
}

fn presence(t: &'static Text, state: PresenceState) -> &'static str {
    match state {
        PresenceState::Available => t.event_available,
        PresenceState::Unavailable => t.event_unavailable,
        PresenceState::Composing => t.event_composing,
        PresenceState::Recording => t.event_recording,
        PresenceState::Paused => t.event_paused,
    }
}

/// All that is so of the chat now: the event does not say what of it is new.
fn decided(t: &'static Text, chat: &Chat) -> String {
    let name = chat.name.clone().unwrap_or_else(|| show::party(&chat.party));
    let marks =
        [(chat.archived, t.event_archived), (chat.pinned, t.event_pinned), (chat.muted != Mute::Off, t.event_muted)];
    let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| format!(", {word}")).collect::<String>();
    format!("{name}: {} {}{marks}", t.unread_messages, chat.unread)
}
