//! A message in either direction, and how far it came.

use serde::{Deserialize, Serialize};

use crate::{Content, Context, MessageId, Party, SessionId, Timestamp, session::words};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub session: SessionId,
    /// The conversation: a person or a group.
    pub chat: Party,
    /// Who wrote it; in a conversation of two the other party or this account.
    pub sender: Party,
    pub from_me: bool,
    pub timestamp: Timestamp,
    /// The sender's own name for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_name: Option<String>,
    pub content: Content,
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub context: Context,
    #[serde(default, skip_serializing_if = "Later::is_empty")]
    pub later: Later,
}

impl Message {
    /// What remains where messages are not stored: that there was one, so that its repetition is recognised and its
    /// receipts are told.
    #[must_use]
    pub fn without_content(self) -> Self {
        let (context, later) = (Context::default(), Later::default());
        Self { content: Content::not_stored(), context, later, push_name: None, ..self }
    }
}

/// What became of a message after it was sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Later {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Written before the link and handed over by the phone; nobody was told of it as it came.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_history: bool,
    /// Among the favourites of the account's owner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub starred: bool,
    /// The last reaction of each person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// The last vote of each person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    pub by: Party,
    pub emoji: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    pub by: Party,
    pub options: Vec<String>,
    pub at: Timestamp,
}

impl Later {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How far an outgoing message came. Only ever moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    Queued,
    Sending,
    Sent,
    Delivered,
    Read,
    Played,
    Failed,
    Cancelled,
}

words!(MessageStatus:
    Queued = "queued", Sending = "sending", Sent = "sent", Delivered = "delivered", Read = "read", Played = "played",
    Failed = "failed", Cancelled = "cancelled");

impl MessageStatus {
    /// Whether `next` may follow: receipts come late and out of order, and never take a message back.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match next {
            Self::Queued => self == Self::Sending,
            Self::Cancelled => self == Self::Queued,
            Self::Failed => matches!(self, Self::Queued | Self::Sending),
            _ => !self.is_dead() && self < next,
        }
    }

    /// Nothing more will happen to it.
    #[must_use]
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::MessageStatus::*;

    #[test]
    fn statuses_only_move_forward() {
        assert!(Queued.may_become(Sending) && Sending.may_become(Sent) && Sent.may_become(Read));
        assert!(!Read.may_become(Delivered) && !Delivered.may_become(Sent) && !Read.may_become(Read));
        assert!(Sending.may_become(Queued), "a crash puts an attempt back in the queue");
        assert!(!Sent.may_become(Failed) && !Failed.may_become(Delivered) && !Sending.may_become(Cancelled));
    }
}
