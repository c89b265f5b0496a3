//! The numbered facts of the event log.

use serde::{Deserialize, Serialize};

use crate::{
    BlockedContact, Call, CallStatus, Chat, ContactChange, Content, EventId, GroupChange, Health, Label, Message,
    MessageId, MessageStatus, Party, PresenceState, SessionId, SessionState, Timestamp, Unblocked,
};

/// One fact about a session. `position` orders all events of the gateway, `seq` those of one session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub position: i64,
    pub id: EventId,
    pub session: SessionId,
    pub seq: i64,
    pub at: Timestamp,
    #[serde(flatten)]
    pub body: EventBody,
}

/// What happened. The names are part of every surface's contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum EventBody {
    #[serde(rename = "session.created")]
    SessionCreated { name: String },
    #[serde(rename = "session.state")]
    SessionStateChanged(SessionState),
    #[serde(rename = "session.qr")]
    SessionQr { code: String, expires_at: Timestamp },
    #[serde(rename = "session.pairing_code")]
    SessionPairingCode { code: String, expires_at: Timestamp },
    #[serde(rename = "session.paired")]
    SessionPaired { account: Party },
    /// The network limits the account, or does so no more.
    #[serde(rename = "session.health")]
    SessionHealthChanged(Health),
    #[serde(rename = "session.deleted")]
    SessionDeleted {},
    #[serde(rename = "message.received")]
    MessageReceived(Message),
    /// Accepted by the network: sent here, or by another device of the same account.
    #[serde(rename = "message.sent")]
    MessageSent(Message),
    #[serde(rename = "message.status")]
    MessageStatusChanged {
        id: MessageId,
        chat: Party,
        status: MessageStatus,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A message came that could not be decrypted; the sender was asked to send it again.
    #[serde(rename = "message.undecryptable")]
    MessageUndecryptable { id: MessageId, chat: Party, sender: Party },
    /// Another program runs this device from now on.
    #[serde(rename = "handover.taken")]
    HandoverTaken { lease: String, epoch: i64, holder: String, expires_at: Timestamp },
    #[serde(rename = "handover.renewed")]
    HandoverRenewed { lease: String, holder: String, expires_at: Timestamp },
    /// Its time is over. The session stays away until it is given or taken back.
    #[serde(rename = "handover.expired")]
    HandoverExpired { lease: String, holder: String },
    /// Given back by its holder, with the state.
    #[serde(rename = "handover.returned")]
    HandoverReturned { lease: String, holder: String },
    /// Taken back without the state; `forced` by somebody else than the holder.
    #[serde(rename = "handover.taken_back")]
    HandoverTakenBack { lease: String, holder: String, forced: bool },
    /// Somebody answered a message in one emoji, or took that back. Of this account's own too, once the network has it.
    #[serde(rename = "message.reaction")]
    MessageReaction(Message),
    #[serde(rename = "message.edited")]
    MessageEdited(Message),
    /// Deleted for everyone.
    #[serde(rename = "message.revoked")]
    MessageRevoked(Message),
    #[serde(rename = "message.poll_vote")]
    MessagePollVote(Message),
    /// Something about a group that this account is in has changed.
    #[serde(rename = "group.updated")]
    GroupUpdated {
        group: Party,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Party>,
        #[serde(flatten)]
        change: GroupChange,
    },
    /// This account is in the group from now on.
    #[serde(rename = "group.joined")]
    GroupJoined {
        group: Party,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Party>,
        subject: String,
    },
    /// This account left the group, or was removed.
    #[serde(rename = "group.left")]
    GroupLeft {
        group: Party,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Party>,
    },
    /// Somebody calls this account, or has called while it was away.
    #[serde(rename = "call.received")]
    CallReceived(Call),
    /// A call was declined: here, or on another device of the account.
    #[serde(rename = "call.rejected")]
    CallRejected { id: String, from: Party, elsewhere: bool },
    /// A call is over or was taken elsewhere.
    #[serde(rename = "call.ended")]
    CallEnded { id: String, from: Party, status: CallStatus },
    #[serde(rename = "contact.blocked")]
    ContactBlocked(BlockedContact),
    #[serde(rename = "contact.unblocked")]
    ContactUnblocked { id: String, contact: Party, why: Unblocked },
    /// A person shows another picture or about text.
    #[serde(rename = "contact.updated")]
    ContactUpdated {
        contact: Party,
        #[serde(flatten)]
        change: ContactChange,
    },
    /// Somebody came or went, types in a chat or does so no more.
    #[serde(rename = "presence.updated")]
    PresenceUpdated {
        chat: Party,
        person: Party,
        state: PresenceState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_seen: Option<Timestamp>,
    },
    /// A chat was read, archived, pinned or muted: here, or on another device of the account.
    #[serde(rename = "chat.updated")]
    ChatUpdated(Chat),
    /// A message was put among the favourites or taken from there: here, or on another device of the account.
    #[serde(rename = "message.starred")]
    MessageStarred { id: MessageId, chat: Party, starred: bool },
    /// A label was made, or is called or drawn otherwise: here, or on another device of the account.
    #[serde(rename = "label.updated")]
    LabelUpdated(Label),
    #[serde(rename = "label.deleted")]
    LabelDeleted { id: String },
    /// A label was put on a chat or taken off it: here, or on another device of the account.
    #[serde(rename = "chat.labeled")]
    ChatLabeled { chat: Party, label: String, labeled: bool },
    /// A piece of what was written before the link was imported: so many chats, so many messages that were not known.
    /// With the last piece `progress`, in percent, is 100.
    #[serde(rename = "history.progress")]
    HistoryProgress { kind: String, progress: u32, chats: u64, messages: u64 },
    /// Sent to one webhook to try it. Never in the log.
    #[serde(rename = "webhook.test")]
    WebhookTest {},
}

/// The bare kind, for filters.
pub type EventKind = str;

impl EventBody {
    /// All there are.
    pub const KINDS: [&'static EventKind; 37] = [
        "call.ended",
        "call.received",
        "call.rejected",
        "chat.labeled",
        "chat.updated",
        "contact.blocked",
        "contact.unblocked",
        "contact.updated",
        "group.joined",
        "group.left",
        "group.updated",
        "handover.expired",
        "handover.renewed",
        "handover.returned",
        "handover.taken",
        "handover.taken_back",
        "history.progress",
        "label.deleted",
        "label.updated",
        "message.edited",
        "message.poll_vote",
        "message.reaction",
        "message.received",
        "message.revoked",
        "message.sent",
        "message.starred",
        "message.status",
        "message.undecryptable",
        "presence.updated",
        "session.created",
        "session.deleted",
        "session.health",
        "session.paired",
        "session.pairing_code",
        "session.qr",
        "session.state",
        "webhook.test",
    ];

    #[must_use]
    pub fn kind(&self) -> &'static EventKind {
        match self {
            Self::SessionCreated { .. } => "session.created",
            Self::SessionStateChanged(_) => "session.state",
            Self::SessionQr { .. } => "session.qr",
            Self::SessionPairingCode { .. } => "session.pairing_code",
            Self::SessionPaired { .. } => "session.paired",
            Self::SessionHealthChanged(_) => "session.health",
            Self::SessionDeleted {} => "session.deleted",
            Self::MessageReceived(_) => "message.received",
            Self::MessageSent(_) => "message.sent",
            Self::MessageStatusChanged { .. } => "message.status",
            Self::MessageUndecryptable { .. } => "message.undecryptable",
            Self::HandoverTaken { .. } => "handover.taken",
            Self::HandoverRenewed { .. } => "handover.renewed",
            Self::HandoverExpired { .. } => "handover.expired",
            Self::HandoverReturned { .. } => "handover.returned",
            Self::HandoverTakenBack { .. } => "handover.taken_back",
            Self::MessageReaction(_) => "message.reaction",
            Self::MessageEdited(_) => "message.edited",
            Self::MessageRevoked(_) => "message.revoked",
            Self::MessagePollVote(_) => "message.poll_vote",
            Self::GroupUpdated { .. } => "group.updated",
            Self::GroupJoined { .. } => "group.joined",
            Self::GroupLeft { .. } => "group.left",
            Self::CallReceived(_) => "call.received",
            Self::CallRejected { .. } => "call.rejected",
            Self::CallEnded { .. } => "call.ended",
            Self::ContactBlocked(_) => "contact.blocked",
            Self::ContactUnblocked { .. } => "contact.unblocked",
            Self::ContactUpdated { .. } => "contact.updated",
            Self::PresenceUpdated { .. } => "presence.updated",
            Self::MessageStarred { .. } => "message.starred",
            Self::LabelUpdated(_) => "label.updated",
            Self::LabelDeleted { .. } => "label.deleted",
            Self::ChatLabeled { .. } => "chat.labeled",
            Self::HistoryProgress { .. } => "history.progress",
            Self::ChatUpdated(_) => "chat.updated",
            Self::WebhookTest {} => "webhook.test",
        }
    }

    /// What is told of a message that the network has: by what it carries, then by who wrote it.
    #[must_use]
    pub fn of_message(message: Message) -> Self {
        match message.content {
            Content::Reaction { .. } => Self::MessageReaction(message),
            Content::Edit { .. } => Self::MessageEdited(message),
            Content::Revoke { .. } => Self::MessageRevoked(message),
            Content::PollVote(_) => Self::MessagePollVote(message),
            _ if message.from_me => Self::MessageSent(message),
            _ => Self::MessageReceived(message),
        }
    }

    /// The message that it tells of, if any.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::MessageReceived(message)
            | Self::MessageSent(message)
            | Self::MessageReaction(message)
            | Self::MessageEdited(message)
            | Self::MessageRevoked(message)
            | Self::MessagePollVote(message) => Some(message),
            _ => None,
        }
    }

    /// The conversation it belongs to, if any.
    #[must_use]
    pub fn chat(&self) -> Option<&Party> {
        if let Some(message) = self.message() {
            return Some(&message.chat);
        }
        match self {
            Self::PresenceUpdated { chat, .. } => Some(chat),
            Self::ChatUpdated(chat) => Some(&chat.party),
            Self::MessageStarred { chat, .. } | Self::ChatLabeled { chat, .. } => Some(chat),
            Self::MessageStatusChanged { chat, .. } | Self::MessageUndecryptable { chat, .. } => Some(chat),
            Self::GroupUpdated { group, .. } | Self::GroupJoined { group, .. } | Self::GroupLeft { group, .. } => {
                Some(group)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_the_list() {
        let unknown = serde_json::json!({ "type": "none", "data": {} });
        let said = serde_json::from_value::<EventBody>(unknown).expect_err("no kind").to_string();
        let (_, expected) = said.split_once("expected one of ").expect("what there is");
        let mut expected: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
        expected.sort_unstable();
        assert_eq!(expected, EventBody::KINDS);
    }

    #[test]
    fn the_kind_is_the_name_it_is_written_under() {
        let body = EventBody::SessionStateChanged(SessionState::Connected { catching_up: false });
        let json = serde_json::to_value(&body).expect("serialises");
        assert_eq!(json["type"], body.kind());
        assert_eq!(json["data"]["state"], "connected");
        assert_eq!(serde_json::from_value::<EventBody>(json).expect("parses"), body);
    }
}
