//! What a running client reports.

use std::time::Duration;

use switchboard_model::{Call, CallStatus, Content, Context, Lid, MessageId, Party, Phone, Timestamp};

use super::{ChatNews, GroupNews, HistoryPiece, LabelNews, PresenceNews, ProfileNews};

/// A decrypted message, from another party or from another device of this account.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbound {
    pub id: MessageId,
    pub chat: Party,
    pub sender: Party,
    pub from_me: bool,
    pub timestamp: Timestamp,
    pub push_name: Option<String>,
    pub content: Content,
    pub context: Context,
}

/// Everything else. Natural keys make each safe to report twice.
#[derive(Clone, Debug)]
pub enum Fact {
    /// A code to scan; it replaces the one before.
    QrCode {
        code: String,
        valid_for: Duration,
    },
    /// The code to type on the phone.
    PairingCode {
        code: String,
        valid_for: Duration,
    },
    /// The phone wants a passkey, which this gateway cannot give by itself.
    PasskeyAsked {
        hint: String,
    },
    /// No code was used in time; the client has given up pairing.
    PairingExpired,
    PairingFailed {
        reason: String,
    },
    Paired {
        phone: Option<Phone>,
        lid: Option<Lid>,
        name: Option<String>,
    },
    /// Logged in. While `catching_up` the network still hands over what came meanwhile.
    Online {
        catching_up: bool,
    },
    CaughtUp,
    Offline {
        reason: String,
    },
    /// The same device connected elsewhere.
    Replaced,
    LoggedOut {
        reason: String,
    },
    /// The account may not connect or send for a while.
    Banned {
        reason: String,
        lasts: Option<Duration>,
    },
    /// The account does too much: it is to come back later and more slowly.
    Limited {
        reason: String,
    },
    /// This client is too old for the network, or otherwise refused for good.
    Refused {
        reason: String,
    },
    /// The network took the message, or says why not.
    Acked {
        id: MessageId,
        error: Option<String>,
    },
    /// The network gave this number to a post of ours.
    Posted {
        id: MessageId,
        number: u64,
    },
    Receipt(Receipt),
    /// Another device of this account showed messages of one chat to its owner.
    ReadElsewhere {
        ids: Vec<MessageId>,
    },
    Group(GroupNews),
    Chat(ChatNews),
    Label(LabelNews),
    History(HistoryPiece),
    Presence(PresenceNews),
    Profile(ProfileNews),
    Undecryptable {
        id: MessageId,
        chat: Party,
        sender: Party,
    },
    Call(CallFact),
}

/// What the network tells of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum CallFact {
    /// It rings, or the network says that it has rung while nobody was here.
    Offered { call: Call, status: CallStatus },
    /// A group has a call that one may join; it does not ring.
    Noticed(Call),
    Changed {
        id: String,
        status: CallStatus,
        /// Another device of the account answered.
        elsewhere: bool,
    },
}

#[derive(Clone, Debug)]
pub struct Receipt {
    pub chat: Party,
    /// Who sent the receipt: in a group one of many.
    pub by: Party,
    pub ids: Vec<MessageId>,
    pub kind: ReceiptKind,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptKind {
    Delivered,
    Read,
    Played,
}
