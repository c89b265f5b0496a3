//! A message in either direction, and how far it came.

use serde::{Deserialize, Serialize};

use crate::{MessageId, Party, SessionId, Timestamp, session::words};

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
}

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    Text {
        text: String,
    },
    /// A kind this gateway does not read yet: named, so that nothing vanishes.
    Unknown {
        kind: String,
    },
}

impl Content {
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Unknown { kind } => kind,
        }
    }

    /// The words a person reads, where there are any.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::Unknown { .. } => None,
        }
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
