//! Calls that come in, and the contacts that may not make any more.

use serde::{Deserialize, Serialize};

use crate::{Jid, Party, Timestamp, session::words};

/// One call to this account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The network's id for it.
    pub id: String,
    /// Who calls.
    pub from: Party,
    pub video: bool,
    /// Whether it is the call of a group.
    pub group: bool,
    /// The group, where the network names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_jid: Option<Jid>,
    pub timestamp: Timestamp,
}

/// How far a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    Ringing,
    /// Taken on another device of the account.
    Accepted,
    /// By this gateway, or on another device.
    Rejected,
    Missed,
    Ended,
}

words!(CallStatus:
    Ringing = "ringing", Accepted = "accepted", Rejected = "rejected", Missed = "missed", Ended = "ended");

impl CallStatus {
    pub const ALL: [Self; 5] = [Self::Ringing, Self::Accepted, Self::Rejected, Self::Missed, Self::Ended];

    /// Whether `next` may follow. What is over stays over, however late the network tells more.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Ringing => next != Self::Ringing,
            Self::Accepted => next == Self::Ended,
            Self::Rejected | Self::Missed | Self::Ended => false,
        }
    }
}

/// A contact whose calls are rejected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockedContact {
    pub id: String,
    pub contact: Party,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub blocked_at: Timestamp,
    /// None: until somebody takes it back.
    pub expires_at: Option<Timestamp>,
}

impl BlockedContact {
    #[must_use]
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// Why a block ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unblocked {
    Expired,
    ByHand,
}

/// Whether blocks made by the rules end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockType {
    Temporary,
    Permanent,
}

words!(BlockType: Temporary = "temporary", Permanent = "permanent");

/// What a session does about calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBlocking {
    /// Off: calls are logged only.
    pub enabled: bool,
    /// So many calls of one contact in 24 hours are let through.
    pub daily_limit: u32,
    pub block_type: BlockType,
    pub block_duration_hours: u32,
    /// Nothing is sent without one.
    pub auto_reply_message: Option<String>,
    /// One contact gets no second reply within this.
    pub auto_reply_min_interval_seconds: u32,
    /// Block on the network too: no messages either.
    pub also_block_on_whatsapp: bool,
}

impl Default for CallBlocking {
    fn default() -> Self {
        Self {
            enabled: false,
            daily_limit: 3,
            block_type: BlockType::Temporary,
            block_duration_hours: 24,
            auto_reply_message: Some(
                "Calls to this number are not answered. Please send a message instead.".to_owned(),
            ),
            auto_reply_min_interval_seconds: 0,
            also_block_on_whatsapp: false,
        }
    }
}
