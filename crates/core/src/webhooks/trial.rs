//! Trying a webhook: one attempt, at once, whatever its state, while somebody waits for how it went.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use switchboard_model::{Event, EventBody, EventId, SessionId};
use tokio::sync::{mpsc, oneshot};

use super::desk::Endpoint;
use crate::{Caller, Core, Error, caller::Scope};

/// Longer than an attempt may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An attempt that somebody asked for.
pub struct Trial {
    pub endpoint: Endpoint,
    pub event: Event,
    pub reply: oneshot::Sender<TrialOutcome>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialOutcome {
    pub status: Option<u16>,
    pub latency_ms: i64,
    /// Why it would not count as delivered.
    pub error: Option<String>,
}

/// Where trials are handed over to the worker.
pub(super) struct Counter {
    hand_in: mpsc::Sender<Trial>,
    hand_out: Mutex<Option<mpsc::Receiver<Trial>>>,
}

impl Default for Counter {
    fn default() -> Self {
        let (hand_in, hand_out) = mpsc::channel(16);
        Self { hand_in, hand_out: Mutex::new(Some(hand_out)) }
    }
}

impl Counter {
    /// Once: there is one worker.
    pub(super) fn take(&self) -> Option<mpsc::Receiver<Trial>> {
        self.hand_out.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Core {
    /// Sends an event of kind `webhook.test` and tells what the receiver answered.
    pub async fn test_webhook(&self, caller: &Caller, id: &str) -> Result<TrialOutcome, Error> {
        let row = self.webhook_for(caller, id, Scope::Webhooks).await?;
        let session = row.session.clone().map_or_else(|| "test".parse::<SessionId>(), Ok).map_err(Error::internal)?;
        let event = Event {
            position: 0,
            id: EventId::generate(),
            session,
            seq: 0,
            at: self.now(),
            body: EventBody::WebhookTest {},
        };
        let (reply, outcome) = oneshot::channel();
        let trial = Trial { endpoint: Endpoint::from(row), event, reply };
        let exchange = async {
            self.0.webhooks.trials.hand_in.send(trial).await.ok()?;
            outcome.await.ok()
        };
        let outcome = tokio::time::timeout(PATIENCE, exchange).await;
        outcome.ok().flatten().ok_or_else(|| Error::internal("nobody delivers webhooks in this process"))
    }
}
