//! The one trait seam of `core`: what it needs of a protocol engine.
//!
//! An [`Engine`] opens [`Link`]s, one for each session that runs. Commands go out through the link; everything
//! that happens comes back through the session's [`Inlet`](crate::inlet::Inlet). The real engine lives in the
//! crate `engine`.

mod chats;
mod communities;
mod fact;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
mod fence;
mod groups;
mod history;
mod labels;
mod newsletters;
mod portable;
mod presence;
#[cfg(any(test, feature = "fake"))]
pub mod probe;
mod profile;

use std::{fs::File, sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::Value;
use switchboard_model::{
    Call, Content, Context, Jid, Media, MediaKind, MessageId, Party, Phone, RemoteMedia, SessionId, Timestamp,
};

pub use self::{
    chats::{ChatDecision, ChatLink, ChatNews, ChatTurn, Starred},
    communities::{CommunityLink, NewCommunity, Subgroup},
    fact::{CallFact, Fact, Inbound, Receipt, ReceiptKind},
    fence::{BootClock, Fence, Fenced},
    groups::{GroupEdit, GroupLink, GroupNews, GroupTurn, JoinRequest, Joined, MemberAction, MemberFate, NewGroup},
    history::{HistoryPiece, PastChat, PastChats, PastMessage, PastState},
    labels::{LabelLink, LabelNews, LabelTurn},
    newsletters::{NewsletterEdit, NewsletterKey, NewsletterLink},
    portable::{Exported, Form, Restored, StateRow},
    presence::{PresenceLink, PresenceNews, Typing},
    profile::{BusinessProfile, Picture, ProfileLink, ProfileNews},
};
use crate::inlet::Inlet;

#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Starts one session's client and returns at once; what follows arrives through `inlet`.
    async fn open(&self, order: Open, inlet: Inlet) -> Result<Arc<dyn Link>, EngineError>;

    /// Completes a draft into the very bytes that every attempt will send, its secret included: a resend must be
    /// the same message, or the recipient sees two.
    async fn finish(&self, draft: &Draft<'_>) -> Result<Vec<u8>, EngineError>;

    /// What is stored of a session, as the auth state of another client. The same rows give the same state.
    fn export(&self, rows: &[StateRow], form: Form) -> Result<Exported, EngineError>;

    /// An auth state that another client gives back, or brings in where `ours` is empty. What it does not know of is
    /// kept from `ours`. An unreadable one, or one of another link, is [`EngineError::Corrupt`].
    fn import(&self, ours: &[StateRow], state: &Value) -> Result<Restored, EngineError>;

    /// The same link without anything that somebody else may have used since: sessions and sender keys go, the one-time
    /// prekeys begin far ahead and are uploaded anew.
    fn without_ratchets(&self, rows: Vec<StateRow>) -> Result<Vec<StateRow>, EngineError>;

    /// A name for the stored link, another one after each linking; nothing where none is stored.
    async fn link_mark(&self, session: &SessionId) -> Result<Option<String>, EngineError>;

    /// Reads a piece of the past that one of its clients reported, for this account.
    fn read_history<'a>(&self, own: &Party, body: &'a [u8]) -> Result<PastChats<'a>, EngineError>;

    /// A new message id, in the form the network expects of this kind of client.
    fn message_id(&self) -> MessageId;
}

/// What to open, and how.
pub struct Open {
    pub session: SessionId,
    pub epoch: i64,
    pub fence: Fence,
    /// How to link when no credentials are stored.
    pub pairing: Pairing,
}

#[derive(Clone, Debug)]
pub enum Pairing {
    Qr,
    Code { phone: Phone },
}

/// A message before it has its final form.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    pub session: &'a SessionId,
    pub chat: &'a Jid,
    /// This account.
    pub own: &'a Party,
    pub at: Timestamp,
    pub content: &'a Content,
    pub context: &'a Context,
}

/// One message on its way: the finished bytes under a chosen id.
#[derive(Clone)]
pub struct Transmit {
    pub id: MessageId,
    pub chat: Jid,
    pub finished: Vec<u8>,
}

/// The running client of one session.
#[async_trait]
pub trait Link:
    ChatLink + CommunityLink + GroupLink + LabelLink + NewsletterLink + PresenceLink + ProfileLink + Send + Sync + 'static
{
    /// Encrypts and writes one message. `Ok` means written; the network's answer comes as [`Fact::Acked`].
    async fn transmit(&self, message: &Transmit) -> Result<(), EngineError>;

    /// Tells the author that messages were read.
    async fn mark_read(&self, chat: &Jid, sender: Option<&Jid>, ids: &[MessageId]) -> Result<(), EngineError>;

    /// Looks numbers up on the network.
    async fn check_numbers(&self, phones: &[Phone]) -> Result<Vec<NumberStatus>, EngineError>;

    /// Declines a call that rings.
    async fn reject_call(&self, call: &Call) -> Result<(), EngineError>;

    /// Puts a person on the network's own block list.
    async fn block(&self, contact: &Party) -> Result<(), EngineError>;

    /// Takes a person off it; one who is not on it is no error.
    async fn unblock(&self, contact: &Party) -> Result<(), EngineError>;

    /// Seals a file and hands it to the network's media host.
    async fn upload(&self, kind: MediaKind, file: File) -> Result<Uploaded, EngineError>;

    /// Fetches a file from the media host, opens it and checks it. It is rewound. `Refused`: the network has it no more.
    async fn download(&self, kind: MediaKind, media: &Media, into: File) -> Result<File, EngineError>;

    /// Ends the connection and keeps the link. Flushes first; returns when every task has ended.
    async fn close(&self);

    /// Removes this device from the account, then ends.
    async fn unlink(&self) -> Result<(), EngineError>;

    /// Ends at once without touching anything more: the lease is gone.
    fn abort(&self);

    /// Signs of life, for the supervisor.
    fn pulse(&self) -> Pulse;
}

/// A file on the media host.
#[derive(Clone, Debug)]
pub struct Uploaded {
    pub remote: RemoteMedia,
    pub sha256: String,
    pub size: u64,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct NumberStatus {
    pub phone: Phone,
    pub on_whatsapp: bool,
    pub lid: Option<switchboard_model::Lid>,
    pub business: bool,
    pub verified_name: Option<String>,
}

/// What a look at a running client shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pulse {
    /// How long ago anything came over the socket.
    pub silent_for: Option<Duration>,
    /// The client has stopped and will not come back by itself.
    pub ended: bool,
    /// It can no longer store its own state.
    pub halted: bool,
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    /// Not connected now; worth another try later.
    #[error("not connected: {0}")]
    NotConnected(String),
    /// The network or the engine refuses this for good.
    #[error("refused: {0}")]
    Refused(String),
    /// The network does not know what was asked about.
    #[error("not found: {0}")]
    Missing(String),
    /// The account may not do that.
    #[error("not allowed: {0}")]
    NotAllowed(String),
    /// The session's stored engine state cannot be read.
    #[error("the session's stored state is damaged: {0}")]
    Corrupt(String),
    /// This process no longer owns the session.
    #[error(transparent)]
    Fenced(#[from] Fenced),
    #[error("{0}")]
    Other(String),
}
