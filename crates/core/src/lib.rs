//! The use cases: what the gateway does, whoever asks and whatever carries it out.
//!
//! `core` knows no HTTP, no SQL and no protocol type. Every public use case takes the caller first, so that no
//! adapter can forget to authorise; a change and what must follow from it are committed in one transaction.
//!
//! - [`engine`]: the trait seam to the protocol, the facts it reports, the fence it obeys
//! - [`inlet`]: the way in for those facts

pub mod caller;
pub mod engine;
mod error;
mod events;
mod gateway;
mod identity;
pub mod inlet;
mod messages;
mod sessions;
#[cfg(test)]
mod testing;

pub use caller::Caller;
pub use error::Error;
pub use events::{EventPage, EventQuery, Follower};
pub use gateway::{Core, LeaseTimes, Parts, Settings};
pub use messages::{Accepted, MessagePage, MessageQuery, MessageView, Pacing, SendMessage};
pub use sessions::{CreateSession, Pair, PairingCode, SessionPage, SessionQuery, SessionView, Supervisor};
