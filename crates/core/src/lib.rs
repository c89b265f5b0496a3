//! The use cases: what the gateway does, whoever asks and whatever carries it out.
//!
//! `core` knows no HTTP, no SQL and no protocol type. Every public use case takes the caller first, so that no
//! adapter can forget to authorise; a change and what must follow from it are committed in one transaction.
//!
//! - [`engine`]: the trait seam to the protocol, the facts it reports, the fence it obeys
//! - [`inlet`]: the way in for those facts

mod audit;
pub mod caller;
mod calls;
mod contacts;
pub mod engine;
mod error;
mod events;
mod gateway;
mod groups;
mod handover;
mod identity;
pub mod inlet;
mod jobs;
mod keys;
mod login;
mod messages;
mod presence;
mod reach;
mod secrets;
mod sessions;
mod sinks;
#[cfg(test)]
mod testing;
mod users;
mod webhooks;

pub use audit::AuditEntry;
pub use caller::{Caller, Scope, Scopes};
pub use calls::{
    BlockContact, BlockedPage, CallBlockingChange, CallPage, CallQuery, CallStats, CallView, CallsOfCaller, CallsOfDay,
};
pub use error::Error;
pub use events::{EventPage, EventQuery, Follower};
pub use gateway::{Core, LeaseTimes, Parts, Settings};
pub use groups::{ChangeGroup, CreateGroup, GroupView};
pub use handover::{BringIn, Contents, ExpiresIn, Form, Handed, Handover, Lease, LeaseRef, SessionToken};
pub use identity::AuthSettings;
pub use jobs::Jobs;
pub use keys::{ApiKey, IssuedKey, NewKey};
pub use login::SignedIn;
pub use messages::{Accepted, LARGEST_FILE, MessagePage, MessageQuery, MessageView, Pacing, SendMessage, Source};
pub use secrets::password as generate_password;
pub use sessions::{CreateSession, Overview, Pair, PairingCode, SessionPage, SessionQuery, SessionView, Supervisor};
pub use sinks::{SinkDesk, Taken};
pub use switchboard_store::deliveries::{
    Attempt, DeliveryRow,
    work::{Lane, Settlement},
};
pub use users::{FirstStart, NewUser, Role, SHORTEST_PASSWORD, User};
pub use webhooks::{
    Backlog, Delivery, DeliveryQuery, Desk, Endpoint, IssuedWebhook, NewWebhook, Replay, Trial, TrialOutcome, Webhook,
    WebhookChange, WebhookQuery,
};
