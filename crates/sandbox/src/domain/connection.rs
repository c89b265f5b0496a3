//! Who is on the line.

use serde::Serialize;
use switchboard_model::Timestamp;
use wacore_binary::Node;

use super::device::KeyShelf;
use crate::phone::LinkAttempt;

/// Numbers one connection for the life of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ConnId(pub u64);

/// What the far end has proven to be.
pub(crate) enum Peer {
    /// A companion that belongs to nobody yet.
    Newcomer(Box<Newcomer>),
    /// A linked companion. The backlog goes out once it says it is active.
    Device { number: String, device: u16 },
    /// Refused or thrown out; the line is about to close.
    Nobody,
}

pub(crate) struct Newcomer {
    pub(crate) noise_key: [u8; 32],
    pub(crate) keys: KeyShelf,
    pub(crate) stage: Stage,
}

/// How far the pairing of a newcomer has come.
pub(crate) enum Stage {
    /// It shows a QR code, or waits for its link code to be typed into a phone.
    Waiting {
        link: Option<LinkHello>,
    },
    /// The code was typed in; the companion's half of the key exchange is due.
    Exchanging {
        number: String,
        reference: Vec<u8>,
        attempt: Box<LinkAttempt>,
    },
    /// The phone has signed; the companion's signature is due.
    Signing {
        number: String,
        device: u16,
    },
    Done,
}

/// The companion's first step of linking by code.
#[derive(Clone)]
pub(crate) struct LinkHello {
    pub(crate) number: String,
    pub(crate) reference: Vec<u8>,
    /// Salt, IV and ephemeral key, wrapped with the code only the two ends know.
    pub(crate) wrapped_ephemeral: Vec<u8>,
}

/// For people and tests: when lines opened and closed, and why.
#[derive(Clone, Serialize)]
pub struct Record {
    pub id: ConnId,
    pub number: Option<String>,
    pub device: Option<u16>,
    pub opened_at: Timestamp,
    pub logged_in_at: Option<Timestamp>,
    /// It came with the short handshake (IK), which needs the server's key from an earlier one.
    pub resumed: bool,
    pub closed_at: Option<Timestamp>,
    pub close_reason: Option<String>,
}

/// Something for one line to do.
#[derive(Debug)]
pub(crate) enum Parcel {
    Stanza(Node),
    /// Close in an orderly way after everything before it.
    Close,
    /// Vanish, as a network failure does.
    Cut,
}
