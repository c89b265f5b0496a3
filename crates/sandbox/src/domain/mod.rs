//! What the network knows: accounts, devices, keys and queues. Nothing here does I/O.
//!
//! Everything hangs off [`World`], which is changed only under its lock. What is to be said to whom collects in
//! its outbox and is put on the lines before the lock is given back, so that order is kept.

mod account;
mod blocks;
mod calls;
mod collections;
mod communities;
mod community_changes;
mod community_news;
mod connection;
mod device;
mod group_changes;
mod group_fanout;
mod groups;
mod keys;
mod linking;
mod newsletter_posts;
mod newsletter_watch;
mod newsletters;
mod phones;
mod presence;
mod profiles;
mod queue;
mod unlinking;
mod upkeep;
mod world;

pub use account::{Account, PHONE};
pub use calls::{Call, CallStatus};
pub use connection::{ConnId, Record};
pub use keys::{DeviceAddr, Namespace, OneTimeKey, PreKeyBundle, SignedPreKey};
pub use linking::LinkError;
pub use world::World;

pub(crate) use calls::{CallError, NewCall};
pub(crate) use collections::Collection;
pub(crate) use communities::{Place, Rules};
pub(crate) use connection::{LinkHello, Newcomer, Parcel, Peer, Stage};
pub(crate) use device::KeyShelf;
pub(crate) use group_changes::{Fates, Setting};
pub(crate) use groups::{Group, GroupError, Role, group_jid, is_group, is_status};
pub(crate) use newsletter_posts::{Actor, past_post};
pub(crate) use newsletters::{Newsletter, NewsletterError, PostBody, Wording, is_newsletter, newsletter_jid};
pub(crate) use phones::{SendError, key_nodes};
pub(crate) use presence::Mood;
pub(crate) use world::Changes;
