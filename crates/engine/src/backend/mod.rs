//! The engine's storage, on the gateway's own store: one sealed row for each record, keyed by session.
//!
//! Every call that changes something returns after COMMIT: the engine takes a returned call for durable, and a
//! ratchet that goes back in time would use a key twice. The commits are shared with all other sessions, so waiting
//! for one is cheap. Before each change the fence is asked, and the lease's epoch at the head of the transaction.

mod app_sync;
mod device;
mod error;
mod foretold;
mod msg_secret;
mod pending;
mod protocol;
mod sent;
mod signal;
mod tokens;
mod writing;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use switchboard_core::engine::Fence;
use switchboard_model::{Clock, SessionId};
use switchboard_store::{Store, StoreError, Tx, auth_state, leases};

pub(crate) use self::{
    device::read as read_device,
    msg_secret::{names, secret_of},
    pending::{Missed, Orphan},
};

/// Under which names and ids the rows lie, for whoever carries them elsewhere.
pub(crate) mod layout {
    pub(crate) use super::{
        app_sync::{COLLECTION, LATEST, MUTATION_MAC, SYNC_KEY, mac_id},
        device::{DEVICE, ONLY},
        key,
        protocol::{BASE_KEY, DEVICES, GROUP, LID, PN, SENDER_KEY_DEVICES},
        signal::{IDENTITY, PREKEY, SENDER_KEY, SESSION, SIGNED_PREKEY, marked, numbered},
        tokens::TC_TOKEN,
    };
}

use self::{
    error::{BackendError, Result},
    tokens::Tokens,
    writing::{Dated, Writing},
};

/// What the engine keeps of one session.
pub(crate) struct SessionStore {
    store: Store,
    session: Arc<SessionId>,
    epoch: i64,
    fence: Fence,
    clock: Arc<dyn Clock>,
    orphans: tokio::sync::mpsc::UnboundedSender<Box<Missed>>,
    heard: AtomicBool,
    tokens: Tokens,
}

/// A database that is away for a moment must not cost a message: the engine gives up at the first error.
const RETRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

impl SessionStore {
    pub(crate) fn new(
        store: Store,
        session: SessionId,
        (epoch, fence): (i64, Fence),
        clock: Arc<dyn Clock>,
        orphans: tokio::sync::mpsc::UnboundedSender<Box<Missed>>,
    ) -> Self {
        let (heard, tokens) = (AtomicBool::new(false), Tokens::default());
        Self { store, session: Arc::new(session), epoch, fence, clock, orphans, heard, tokens }
    }

    /// Whether a message has come in since the last call: the ratchet that it turned may not be stored yet.
    pub(crate) fn has_heard(&self) -> bool {
        self.heard.swap(false, Ordering::SeqCst)
    }

    pub(crate) fn note_heard(&self) {
        self.heard.store(true, Ordering::SeqCst);
    }

    async fn get(&self, name: &str, id: &str) -> Result<Option<Vec<u8>>> {
        Ok(auth_state::get(self.store.reader(), &self.session, name, &key(id)).await.map_err(BackendError::from)?)
    }

    async fn get_many(&self, name: &str, ids: &[String]) -> Result<HashMap<String, Vec<u8>>> {
        Ok(auth_state::get_many(self.store.reader(), &self.session, name, ids).await.map_err(BackendError::from)?)
    }

    /// Every row under a name whose id begins with `prefix`.
    async fn all(&self, name: &str, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        Ok(auth_state::list(self.store.reader(), &self.session, name, prefix).await.map_err(BackendError::from)?)
    }

    async fn put(&self, name: &'static str, id: &str, value: Vec<u8>) -> Result<()> {
        self.put_all(name, vec![(key(id), value)]).await
    }

    /// As [`put_all`](Self::put_all), for rows that a sweep will forget.
    async fn put_dated(&self, name: &'static str, rows: Vec<Dated>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let rows = Arc::new(rows);
        self.write(move |mut w| {
            let rows = Arc::clone(&rows);
            Box::pin(async move { w.put_dated(name, &rows).await })
        })
        .await
    }

    /// Forgets what is due before `cutoff`; `due` dates the rows that have no date yet. Returns how many went.
    async fn expire(&self, name: &'static str, cutoff: i64, due: fn(&[u8]) -> i64) -> Result<u32> {
        let gone = self.write(move |mut w| Box::pin(async move { w.expire(name, cutoff, due).await })).await?;
        Ok(u32::try_from(gone).unwrap_or(u32::MAX))
    }

    /// All or none, in one command. The ids are keys already.
    async fn put_all(&self, name: &'static str, rows: Vec<(String, Vec<u8>)>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let rows = Arc::new(rows);
        self.write(move |mut w| {
            let rows = Arc::clone(&rows);
            Box::pin(async move { w.put_all(name, &rows).await })
        })
        .await
    }

    async fn delete(&self, name: &'static str, ids: Vec<String>) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids = Arc::new(ids);
        self.write(move |mut w| {
            let ids = Arc::clone(&ids);
            Box::pin(async move { w.delete(name, &ids).await })
        })
        .await
    }

    /// Runs `command` in the writer's shared transaction and returns after COMMIT. It may run more than once.
    async fn write<T, F>(&self, command: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t> Fn(Writing<'t>) -> BoxFuture<'t, std::result::Result<T, StoreError>> + Send + Sync + 'static,
    {
        let command = Arc::new(command);
        let mut pause = FIRST_PAUSE;
        for _ in 0..RETRIES {
            match self.try_write(Arc::clone(&command)).await {
                Err(BackendError::Store(error)) if passes(&error) => tokio::time::sleep(pause).await,
                outcome => return outcome.map_err(Into::into),
            }
            pause *= 2;
        }
        self.try_write(command).await.map_err(Into::into)
    }

    async fn try_write<T, F>(&self, command: Arc<F>) -> std::result::Result<T, BackendError>
    where
        T: Send + 'static,
        F: for<'t> Fn(Writing<'t>) -> BoxFuture<'t, std::result::Result<T, StoreError>> + Send + Sync + 'static,
    {
        self.fence.check()?;
        let (session, epoch) = (Arc::clone(&self.session), self.epoch);
        let outcome = self.store.try_write(move |tx| {
            let (session, command) = (Arc::clone(&session), Arc::clone(&command));
            Box::pin(async move {
                check_owner(tx, &session, epoch).await?;
                Ok(command(Writing::new(tx, session)).await?)
            })
        });
        let outcome = outcome.await;
        if matches!(outcome, Err(BackendError::Fenced(_))) {
            self.fence.cut();
        }
        outcome
    }
}

/// Refuses whoever holds an old lease.
async fn check_owner(tx: &mut Tx, session: &SessionId, epoch: i64) -> std::result::Result<(), BackendError> {
    if leases::is_current(tx, session, epoch).await? {
        Ok(())
    } else {
        Err(BackendError::Fenced(switchboard_core::engine::Fenced))
    }
}

/// Whether the same command may succeed a moment later.
fn passes(error: &StoreError) -> bool {
    error.is_transient() || matches!(error, StoreError::CommitUnknown(_))
}

/// The row's id for one of the engine's: as it is, or its digest where the column could not hold it.
pub(crate) fn key(id: &str) -> String {
    use sha2::Digest;
    if id.len() <= 255 && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        id.to_owned()
    } else {
        format!("#{}", hex::encode(sha2::Sha256::digest(id)))
    }
}

#[cfg(test)]
mod tests;
