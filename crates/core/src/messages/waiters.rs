//! Callers that wait for a message's fate: the surfaces documented as synchronous.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use switchboard_model::{MessageId, SessionId};
use tokio::sync::watch;

/// One signal for each message that someone waits for.
#[derive(Default)]
pub(crate) struct Waiters(Mutex<HashMap<(SessionId, MessageId), watch::Sender<()>>>);

impl Waiters {
    /// A receiver that changes when the message's fate is committed. Subscribe before reading the status, or the
    /// change in between goes unseen.
    pub(crate) fn subscribe(&self, session: &SessionId, id: &MessageId) -> watch::Receiver<()> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry((session.clone(), id.clone())).or_insert_with(|| watch::channel(()).0).subscribe()
    }

    /// Wakes whoever waits, and forgets those who no longer do.
    pub(crate) fn wake(&self, session: &SessionId, id: &MessageId) {
        let removed = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(session.clone(), id.clone()));
        if let Some(sender) = removed {
            sender.send_replace(());
        }
    }
}
