//! The one state a session is in. Every surface shows it in its own words; which step may follow which is decided
//! in one place of `core`.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SessionState {
    /// Made, never started.
    Created,
    /// A connection is being opened; pairing has not begun or is not needed.
    Connecting,
    /// A QR code is shown; each replaces the one before.
    WaitingQr {
        expires_at: Timestamp,
    },
    /// An eight-character code is to be typed on the phone.
    WaitingCode {
        expires_at: Timestamp,
    },
    /// The phone asks for a passkey, which only a person at a browser can give.
    WaitingPasskey {
        hint: String,
    },
    Connected {
        /// The network still hands over what came while the session was away; sends wait.
        catching_up: bool,
    },
    /// Connected, but the network limits the account: the queue waits or is slowed.
    Held {
        until: Option<Timestamp>,
        reason: String,
    },
    Disconnected {
        reason: String,
        retry_at: Option<Timestamp>,
    },
    /// The link is gone; only pairing anew brings it back.
    LoggedOut {
        reason: String,
    },
    /// Another program runs this device for now.
    HandedOver {
        lease: String,
    },
    /// Stopped by the gateway until someone acts.
    Disabled {
        reason: String,
    },
}

impl SessionState {
    /// The state's bare word, as stored and shown on `/v1`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Connecting => "connecting",
            Self::WaitingQr { .. } => "waiting_qr",
            Self::WaitingCode { .. } => "waiting_code",
            Self::WaitingPasskey { .. } => "waiting_passkey",
            Self::Connected { .. } => "connected",
            Self::Held { .. } => "held",
            Self::Disconnected { .. } => "disconnected",
            Self::LoggedOut { .. } => "logged_out",
            Self::HandedOver { .. } => "handed_over",
            Self::Disabled { .. } => "disabled",
        }
    }

    /// Whether the socket is open and the account logged in.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Connected { .. } | Self::Held { .. })
    }

    /// Until when what is shown can be scanned or typed.
    #[must_use]
    pub fn code_expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::WaitingQr { expires_at } | Self::WaitingCode { expires_at } => Some(*expires_at),
            _ => None,
        }
    }

    /// Whether a person has to do something on the phone before it can go on.
    #[must_use]
    pub fn awaits_pairing(&self) -> bool {
        matches!(self, Self::WaitingQr { .. } | Self::WaitingCode { .. } | Self::WaitingPasskey { .. })
    }

    /// Whether only an explicit command leaves this state.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::LoggedOut { .. } | Self::HandedOver { .. } | Self::Disabled { .. })
    }
}
