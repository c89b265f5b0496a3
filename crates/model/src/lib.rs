//! Plain data, no I/O: what the rest of the house talks about.
//!
//! - [`address`]: phone numbers, LIDs, groups and other JIDs, with the one parser for all their spellings
//! - [`id`]: session ids, user ids, generated ids
//! - [`session`] and [`state`]: a linked account and the one state it is in
//! - [`message`]: a message in either direction, and how far it came; [`content`]: what it carries
//! - [`chat`]: a conversation as a list of them shows it
//! - [`label`]: how a business account sorts its chats
//! - [`contact`]: what people show of themselves
//! - [`call`]: calls, blocked contacts and the rules about them
//! - [`event`]: the numbered facts of the event log
//! - [`health`]: how the network treats an account
//! - [`group`]: a group as its members see it, and what happens in it
//! - [`newsletter`]: a newsletter and its posts
//! - [`presence`]: whether somebody is there, and what they do in a chat
//! - [`webhook`]: how a subscription behaves, and how far a delivery came
//! - [`time`]: points in time, and the clock that is injected wherever one is needed

pub mod address;
pub mod call;
pub mod chat;
pub mod contact;
pub mod content;
pub mod event;
pub mod group;
pub mod health;
pub mod id;
pub mod label;
pub mod message;
pub mod newsletter;
pub mod presence;
pub mod session;
pub mod state;
pub mod time;
pub mod webhook;

pub use address::{AddressError, GroupId, Jid, Lid, Party, Phone};
pub use call::{BlockType, BlockedContact, Call, CallBlocking, CallStatus, Unblocked};
pub use chat::{Chat, ChatKind, Mute};
pub use contact::ContactChange;
pub use content::{
    ContactCard, Content, Context, LinkPreview, LiveLocation, Location, Media, MediaKind, MessageRef, Poll, PollVote,
    Quote, RemoteMedia,
};
pub use event::{Event, EventBody, EventKind};
pub use group::{Group, GroupChange, GroupKind, GroupSettings, Member, MemberRole};
pub use health::{Health, HealthCause, HealthLevel};
pub use id::{EventId, MessageId, SessionId, SessionIdError, UserId};
pub use label::Label;
pub use message::{Later, Message, MessageStatus, Reaction, Vote};
pub use newsletter::{Newsletter, NewsletterRole, NewsletterState, Post, ReactionCount};
pub use presence::PresenceState;
pub use session::{Desired, Origin, Session, SessionSettings};
pub use state::SessionState;
pub use time::{Clock, ManualClock, SystemClock, Timestamp};
pub use webhook::{DeliveryState, WebhookDialect, WebhookMode, WebhookState};
