//! The use cases: what the gateway does, whoever asks and whatever carries it out.
//!
//! `core` knows no HTTP, no SQL and no protocol type. Every public use case takes the caller first, so that no
//! adapter can forget to authorise; a change and what must follow from it are committed in one transaction.
//!
//! - [`engine`]: the trait seam to the protocol, the facts it reports, the fence it obeys
//! - [`inlet`]: the way in for those facts

mod audit;
mod backup;
pub mod caller;
mod calls;
mod chats;
mod contacts;
pub mod engine;
mod error;
mod events;
mod finish;
mod gateway;
mod groups;
mod handover;
mod health;
mod history;
mod identity;
mod images;
pub mod inlet;
mod jobs;
mod keys;
mod labels;
mod login;
mod messages;
mod newsletters;
pub mod paging;
mod personal_data;
mod presence;
mod profile;
mod reach;
mod replicas;
mod retention;
pub mod sealed_file;
mod secrets;
mod sessions;
mod sinks;
#[cfg(test)]
mod testing;
mod users;
mod webhooks;

pub use audit::AuditEntry;
pub use backup::FromBackup;
pub use caller::{Caller, Scope, Scopes};
pub use calls::{
    BlockContact, BlockedPage, CallBlockingChange, CallPage, CallQuery, CallStats, CallView, CallsOfCaller, CallsOfDay,
};
pub use chats::{ChangeChat, ChatPage, ChatQuery, ChatView};
pub use error::{Error, excerpt};
pub use events::{EventPage, EventQuery, Follower};
pub use finish::to_the_end;
pub use gateway::{Core, LeaseTimes, Parts, Settings};
pub use groups::{ChangeGroup, CreateCommunity, CreateGroup, GroupView};
pub use handover::{BringIn, Contents, ExpiresIn, Form, Handed, Handover, Lease, LeaseRef, SessionToken};
pub use identity::AuthSettings;
pub use jobs::Jobs;
pub use keys::{Admitted, ApiKey, IssuedKey, NewKey};
pub use labels::{ChangeLabel, NewLabel};
pub use login::SignedIn;
pub use messages::{Accepted, LARGEST_FILE, MessagePage, MessageQuery, MessageView, Pacing, SendMessage, Source};
pub use newsletters::{ChangeNewsletter, PostPage};
pub use personal_data::{Entry, Erased, Export};
pub use profile::{ChangeProfile, OwnProfile, PersonProfile, Privacy};
pub use replicas::{AskedElsewhere, BusDesk};
pub use secrets::password as generate_password;
pub use sessions::{
    Census, CreateSession, LOGGED_OUT_AS_ASKED, Overview, Pair, PairingCode, SessionChange, SessionPage, SessionQuery,
    SessionView, Supervisor,
};
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
