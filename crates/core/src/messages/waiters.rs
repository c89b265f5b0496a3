//! Callers that wait for a message's fate: the surfaces documented as synchronous.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use switchboard_model::{MessageId, SessionId};
use tokio::sync::watch;

type Key = (SessionId, MessageId);

/// One signal for each message that someone waits for.
#[derive(Default)]
pub(crate) struct Waiters(Mutex<HashMap<Key, watch::Sender<()>>>);

/// Somebody who waits; forgotten when dropped.
pub(crate) struct Waiting<'a> {
    waiters: &'a Waiters,
    key: Key,
    changed: Option<watch::Receiver<()>>,
}

impl Waiters {
    /// Someone who hears when the message's fate is committed. Subscribe before reading the status, or the change in
    /// between goes unseen.
    pub(crate) fn subscribe(&self, session: &SessionId, id: &MessageId) -> Waiting<'_> {
        let key = (session.clone(), id.clone());
        let changed = self.waiting().entry(key.clone()).or_insert_with(|| watch::channel(()).0).subscribe();
        Waiting { waiters: self, key, changed: Some(changed) }
    }

    /// Wakes whoever waits.
    pub(crate) fn wake(&self, session: &SessionId, id: &MessageId) {
        let removed = self.waiting().remove(&(session.clone(), id.clone()));
        if let Some(sender) = removed {
            sender.send_replace(());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Key, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// Returns when the fate is committed, now or earlier.
    pub(crate) async fn changed(&mut self) {
        if let Some(changed) = &mut self.changed {
            let _ = changed.changed().await;
        }
    }
}

impl Drop for Waiting<'_> {
    /// Nobody may ever wake it: another gateway sends the message, or its session is gone.
    fn drop(&mut self) {
        let mut waiting = self.waiters.waiting();
        drop(self.changed.take());
        if waiting.get(&self.key).is_some_and(|sender| sender.receiver_count() == 0) {
            waiting.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_no_more_is_forgotten() {
        let (waiters, session, id) = (Waiters::default(), SessionId::generate(), MessageId("A".to_owned()));
        let one = waiters.subscribe(&session, &id);
        let mut other = waiters.subscribe(&session, &id);
        drop(one);
        waiters.wake(&session, &id);
        other.changed().await;
        let next = waiters.subscribe(&session, &id);
        drop(other);
        assert_eq!(waiters.waiting().len(), 1, "somebody waits anew");
        drop(next);
        assert!(waiters.waiting().is_empty());
    }
}
