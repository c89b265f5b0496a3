//! Opening, writing, reading, closing.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::future::BoxFuture;
use sea_orm::DatabaseConnection;
use switchboard_model::{Clock, SystemClock};
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Conn as _, DatabaseUrl, Dialect, Reader, StoreError, Tx, auth_state,
    conn::Reading,
    database, log, migrations,
    subscribers::Subscribers,
    transaction::Transaction,
    tx::TxState,
    vault::{self, MasterKey, Vault},
    writer::{self, Batcher, Job, Sender, job, lanes},
};

/// What a store is opened with.
pub struct StoreOptions {
    pub url: DatabaseUrl,
    pub master_key: MasterKey,
    pub clock: Arc<dyn Clock>,
    pub read_connections: u32,
}

/// The database with its writer. Clones share both.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    reader: Reader,
    sender: Sender,
    newest: watch::Sender<i64>,
    commits: Arc<AtomicU64>,
    stop: CancellationToken,
    task: TaskTracker,
}

impl Store {
    /// Connects, brings the schema up to date, checks the master key and starts the writer.
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        let pools = options.url.connect(options.read_connections).await?;
        let migrated = migrations::run(&pools.writer, options.clock.now()).await;
        migrated.map_err(|error| options.url.explain(error))?;
        let vault = Arc::new(Vault::new(options.master_key));
        check_key(&pools.writer, &vault).await.map_err(|error| options.url.explain(error))?;
        auth_state::hide_ids(&pools.writer, &vault).await?;
        let db = options.url.reading(pools.reader, options.read_connections).await?;
        let reader = Reader { db, vault: vault.clone() };
        let head = log::head(&reader).await?;
        let batcher = Batcher {
            commits: Arc::default(),
            writer: options.url.writer(pools.writer).await?,
            vault,
            newest: watch::Sender::new(head),
            subscribers: Subscribers::default(),
        };
        Ok(Self(Arc::new(Inner::start(reader, batcher)?)))
    }

    /// A store in memory, with a key of its own: the test double.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Self::open(StoreOptions {
            url: DatabaseUrl::memory(),
            master_key: MasterKey::generate()?,
            clock: Arc::new(SystemClock),
            read_connections: 1,
        })
        .await
    }

    /// Runs `command` in the writer's shared transaction and returns after COMMIT. An error rolls back what this
    /// command did, and nothing else. The command may run more than once, so it must touch nothing but the transaction.
    pub async fn write<T, F>(&self, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync + 'static,
    {
        send(&self.0.sender.first, command).await
    }

    /// As [`write`](Self::write), for commands that fail with an error of the caller's own kind.
    pub async fn try_write<T, E, F>(&self, command: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        send(&self.0.sender.first, command).await
    }

    /// As [`write`](Self::write), in the lane for bulk work. Callers cut their work into chunks: while one runs,
    /// everybody else waits.
    pub async fn write_bulk<T, F>(&self, command: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + Sync + 'static,
    {
        send(&self.0.sender.bulk, command).await
    }

    /// The read connections: what query functions take outside a transaction.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.0.reader
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.0.reader.vault
    }

    /// Whether other gateways can share this database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.reader().dialect() != Dialect::Sqlite
    }

    /// The mark of a text for one purpose, which only those make who have the same master key.
    #[must_use]
    pub fn mark(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        self.0.reader.vault.mark(purpose, text)
    }

    /// The position of the newest committed event known here; a change wakes followers of the log.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.0.newest.subscribe()
    }

    /// Looks whether another replica appended events, and wakes the followers if so.
    pub async fn look_for_events(&self) -> Result<i64, StoreError> {
        let head = log::head(self.reader()).await?;
        self.0.newest.send_if_modified(|pos| {
            head > *pos && {
                *pos = head;
                true
            }
        });
        Ok(head)
    }

    /// Whether a change could be made now: goes through the writer and commits nothing.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.write(|_| Box::pin(async { Ok(()) })).await
    }

    /// Settings of the database server under which a power loss can take back what was committed, in words.
    pub async fn durability_doubts(&self) -> Result<Vec<String>, StoreError> {
        match &self.0.reader.db {
            Reading::Pool(db) => database::durability_doubts(db).await,
            Reading::File(_) => Ok(Vec::new()),
        }
    }

    /// How many transactions the writer has committed.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::Relaxed)
    }

    /// Wraps all data keys under another master key, while everything goes on.
    pub async fn rekey(&self, new: MasterKey) -> Result<(), StoreError> {
        let key = new.clone();
        self.write(move |tx| {
            let key = key.clone();
            Box::pin(async move { vault::rekey(tx, &key).await })
        })
        .await?;
        self.0.reader.vault.replace_master(new);
        Ok(())
    }

    /// Takes no more commands, finishes those it has, and closes the connections.
    pub async fn close(&self) {
        self.0.stop.cancel();
        self.0.task.wait().await;
        self.0.reader.db.close().await;
    }
}

impl Inner {
    fn start(reader: Reader, batcher: Batcher) -> Result<Self, StoreError> {
        let stop = CancellationToken::new();
        let (sender, lanes) = lanes(stop.clone());
        let (newest, commits) = (batcher.newest.clone(), batcher.commits.clone());
        let task = TaskTracker::new();
        writer::start(lanes, batcher, &task)?;
        task.close();
        Ok(Self { reader, sender, newest, commits, stop, task })
    }
}

fn send<T, E, F>(lane: &mpsc::Sender<Box<dyn Job>>, command: F) -> impl Future<Output = Result<T, E>> + Send
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
{
    let (job, answer) = job(command);
    let lane = lane.clone();
    async move {
        lane.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

/// Outside the writer, which does not run yet.
async fn check_key(db: &DatabaseConnection, vault: &Arc<Vault>) -> Result<(), StoreError> {
    let mut tx = Tx::new(Transaction::begin(db).await?, vault.clone(), TxState::default());
    vault::check_master_key(&mut tx).await?;
    tx.db.commit().await
}

#[cfg(test)]
mod tests {
    use tokio::sync::Barrier;

    use super::*;

    #[tokio::test]
    async fn who_waits_too_long_for_a_connection_is_told_so() {
        let store = Store::in_memory().await.expect("a store");
        // Passed when the change has the connection, and again when it may go.
        let gate = Arc::new(Barrier::new(2));
        let (writer, held) = (store.clone(), Arc::clone(&gate));
        let change = tokio::spawn(async move {
            let hold = writer.write(move |_| {
                let gate = Arc::clone(&held);
                Box::pin(async move {
                    gate.wait().await;
                    gate.wait().await;
                    Ok(())
                })
            });
            hold.await
        });
        gate.wait().await;
        // Nothing happens now but time.
        tokio::time::pause();
        let refused = log::head(store.reader()).await.expect_err("the only connection is in use");
        assert!(matches!(refused, StoreError::TimedOut) && refused.is_transient(), "{refused}");
        tokio::time::resume();
        gate.wait().await;
        change.await.expect("it ends").expect("kept");
        log::head(store.reader()).await.expect("it is free again");
    }
}
