//! What was written before the link: the phone hands it over in pieces, which the engine alone can read.

use switchboard_model::{MessageStatus, Mute, Party, Timestamp};

use super::{EngineError, Inbound};

/// A piece as it came.
#[derive(Clone, PartialEq)]
pub struct HistoryPiece {
    /// In the phone's word for it.
    pub kind: &'static str,
    /// How much of the whole past there is with this piece, in percent.
    pub progress: u32,
    pub body: Vec<u8>,
}

impl std::fmt::Debug for HistoryPiece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HistoryPiece({}, {} %, {} bytes)", self.kind, self.progress, self.body.len())
    }
}

/// Chat by chat, so that no piece is held in memory as a whole.
pub type PastChats<'a> = Box<dyn Iterator<Item = Result<PastChat, EngineError>> + Send + 'a>;

/// One chat of a piece, or only a name of somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct PastChat {
    pub party: Party,
    pub name: Option<String>,
    /// How the chat stood when it was handed over; not with every piece.
    pub state: Option<PastState>,
    pub last_at: Option<Timestamp>,
    pub messages: Vec<PastMessage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastState {
    pub unread: u32,
    pub archived: bool,
    pub pinned: bool,
    pub muted: Mute,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PastMessage {
    pub message: Inbound,
    pub status: MessageStatus,
    pub starred: bool,
}
