//! What goes into a phone and what comes out of it.

use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;

use super::PostIn;
use crate::domain::{DeviceAddr, Namespace, PreKeyBundle};

/// How a ciphertext was made: the `type` of an `<enc>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncKind {
    /// Opens a session: carries the sender's prekey material.
    Pkmsg,
    Msg,
    /// Encrypted once for a whole group.
    Skmsg,
}

impl EncKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pkmsg => "pkmsg",
            Self::Msg => "msg",
            Self::Skmsg => "skmsg",
        }
    }

    pub fn parse(kind: &str) -> Option<Self> {
        [Self::Pkmsg, Self::Msg, Self::Skmsg].into_iter().find(|k| k.as_str() == kind)
    }
}

/// One ciphertext for one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    pub kind: EncKind,
    pub bytes: Vec<u8>,
}

/// A stanza that reached device 0.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Arrival {
    Message(Incoming),
    Receipt(ReceiptIn),
    Retry(RetryIn),
    Post(PostIn),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Incoming {
    /// The conversation: the other user's bare JID, or the group's.
    pub chat: String,
    pub from: DeviceAddr,
    /// Which of its names the phone was addressed by; answers come from the same one.
    pub via: Namespace,
    pub id: String,
    pub timestamp: u64,
    /// Between devices of one account and about the account itself; never shown in a chat.
    pub peer: bool,
    pub enc: Vec<Sealed>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReceiptIn {
    pub chat: String,
    pub from: DeviceAddr,
    pub ids: Vec<String>,
    pub kind: ReceiptKind,
}

/// A device could not open a message of ours.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RetryIn {
    pub from: DeviceAddr,
    pub id: String,
    pub count: u32,
    /// The `<keys>` of the receipt, which some clients add from the second attempt on.
    pub keys: Option<PreKeyBundle>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptKind {
    Delivered,
    Read,
    /// Another device of this account has read it.
    ReadSelf,
    Played,
    /// This device has seen what another device of its account sent.
    Sender,
    /// This device has taken a message between devices of one account.
    PeerMsg,
}

impl ReceiptKind {
    /// The `type` attribute; a delivered receipt has none.
    pub fn attr(self) -> Option<&'static str> {
        match self {
            Self::Delivered => None,
            Self::Read => Some("read"),
            Self::ReadSelf => Some("read-self"),
            Self::Played => Some("played"),
            Self::Sender => Some("sender"),
            Self::PeerMsg => Some("peer_msg"),
        }
    }

    /// `None` for types that change nothing about a message.
    pub fn parse(attr: Option<&str>) -> Option<Self> {
        match attr {
            // A client that is not in the foreground marks its receipts; to the sender both are deliveries.
            None | Some("" | "inactive") => Some(Self::Delivered),
            Some(kind) => [Self::Read, Self::ReadSelf, Self::Played, Self::Sender, Self::PeerMsg]
                .into_iter()
                .find(|k| k.attr() == Some(kind)),
        }
    }
}

/// What the phone wants to be done.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "few at a time, and gone at once")]
pub enum Effect {
    Receipt(ReceiptOut),
    Retry(RetryOut),
    Resend(Resend),
}

/// To every device of the user `to` but the phone itself.
#[derive(Clone, Debug)]
pub struct ReceiptOut {
    pub to: DeviceAddr,
    pub chat: String,
    pub via: Namespace,
    pub ids: Vec<String>,
    pub kind: ReceiptKind,
}

/// To that one device: "I cannot open this, send it again, here are fresh keys".
#[derive(Clone, Debug)]
pub struct RetryOut {
    pub to: DeviceAddr,
    pub chat: String,
    pub via: Namespace,
    pub id: String,
    pub timestamp: u64,
    pub count: u32,
    pub keys: PreKeyBundle,
}

/// Seal this message anew for that one device.
#[derive(Clone, Debug)]
pub struct Resend {
    pub to: DeviceAddr,
    pub outgoing: Outgoing,
    pub count: u32,
}

/// A message that the phone sends; [`super::Phone::message_for`] says what each device gets of it.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub id: String,
    pub chat: String,
    pub timestamp: u64,
    /// Goes out with `category="peer"` and to the account's own companions only.
    pub peer: bool,
    pub message: wa::Message,
}

#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    #[error("no session with {0} and no prekey bundle to open one")]
    NoSession(DeviceAddr),
    #[error("the keys of {device} are not usable: {source}")]
    BadBundle { device: DeviceAddr, source: wacore_libsignal::protocol::SignalProtocolError },
    #[error("the same ciphertext was opened before")]
    Duplicate,
    #[error("there is no message {0} in this chat")]
    NotShown(String),
    #[error("{0} is no poll")]
    NoPoll(String),
    #[error("cannot be opened: {0}")]
    CannotOpen(String),
    #[error("the linking code does not match the one the client shows")]
    WrongCode,
    #[error("the client's linking data is malformed: {0}")]
    BadLink(String),
}
