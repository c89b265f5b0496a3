//! Webhooks: who wants which events where, and how deliveries fare.
//!
//! - `manage`, `secrets`, `session_webhook`: the subscriptions; `check` says what one may look like
//! - `enqueue`: the deliveries of an event, made in the commit of the event
//! - `log`: the deliveries, and beginning them anew
//! - `desk`: what the worker that delivers asks and answers
//! - `trial`: trying a webhook while somebody waits

mod check;
mod desk;
mod enqueue;
mod log;
mod manage;
mod secrets;
mod session_webhook;
mod trial;

#[cfg(test)]
mod tests;

use secrecy::SecretString;
use switchboard_model::{SessionId, Timestamp, UserId, WebhookDialect, WebhookMode, WebhookState};
use switchboard_store::webhooks::WebhookRow;
use tokio::sync::watch;

pub use desk::{Backlog, Desk, Endpoint};
pub use log::{Delivery, DeliveryQuery, Replay};
pub use manage::{NewWebhook, WebhookChange, WebhookQuery};
pub use trial::{Trial, TrialOutcome};

pub(crate) use enqueue::enqueue;

/// A subscription as its owner sees it: everything but the secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub id: String,
    pub owner: UserId,
    /// Set if only this session's events are wanted; else those of all the owner's sessions.
    pub session: Option<SessionId>,
    pub name: String,
    pub url: String,
    /// Kinds of events, or `message.*` for all of a family; empty for everything.
    pub events: Vec<String>,
    pub ignored_chats: Vec<String>,
    /// Sent along with every delivery.
    pub headers: Vec<(String, String)>,
    pub mode: WebhookMode,
    pub dialect: WebhookDialect,
    pub state: WebhookState,
    /// Why it is disabled.
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A webhook with a secret that was just made: shown once.
#[derive(Debug)]
pub struct IssuedWebhook {
    pub webhook: Webhook,
    pub secret: SecretString,
}

impl From<WebhookRow> for Webhook {
    fn from(row: WebhookRow) -> Self {
        Self {
            id: row.id,
            owner: row.owner,
            session: row.session,
            name: row.name,
            url: row.url,
            events: row.kinds,
            ignored_chats: row.ignored_chats,
            headers: row.headers,
            mode: row.mode,
            dialect: row.dialect,
            state: row.state,
            reason: row.reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Between the use cases and the worker in the same process.
pub(crate) struct Signals {
    /// Moves when a subscription changed or deliveries begin anew.
    changed: watch::Sender<u64>,
    trials: trial::Counter,
}

impl Default for Signals {
    fn default() -> Self {
        Self { changed: watch::Sender::new(0), trials: trial::Counter::default() }
    }
}

impl Signals {
    fn announce(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}
