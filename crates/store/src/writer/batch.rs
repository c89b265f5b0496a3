//! One batch, one transaction.
//!
//! First the whole batch runs without savepoints, which cost two round trips each. Only when a command fails is the batch
//! rolled back and run again with a savepoint before each, so that the failure stays with the one who caused it.

use std::{sync::Arc, time::Duration};

use sea_orm::{DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::watch;

use super::{Job, job::Failed};
use crate::{StoreError, Tx, log, tx::TxState, vault::Vault};

const ATTEMPTS: u32 = 8;

type Batch = Vec<Box<dyn Job>>;

pub(crate) struct Batcher {
    pub(crate) db: DatabaseConnection,
    pub(crate) vault: Arc<Vault>,
    pub(crate) newest: watch::Sender<i64>,
}

/// What became of each command of a committed batch.
type Outcomes = Vec<Result<(), Failed>>;

enum Stop {
    /// One of several commands failed: run them apart.
    Apart,
    /// The transaction as a whole failed before its commit.
    Failed(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

pub(crate) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, StoreError> {
    let mode = Some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
    Ok(db.begin_with_options(options).await?)
}

impl Batcher {
    /// Runs a batch to its end and answers every command of it.
    pub(super) async fn run(&self, batch: Batch) {
        let outcomes = match self.commit(&batch).await {
            Ok(outcomes) => outcomes,
            Err(error) => batch.iter().map(|_| Err(Failed::Stopped(error.clone()))).collect(),
        };
        for (job, outcome) in batch.into_iter().zip(outcomes) {
            job.answer(match outcome {
                Ok(()) | Err(Failed::Refused) => Ok(()),
                Err(Failed::Stopped(error)) => Err(error),
            });
        }
    }

    /// Tries again what a deadlock or a lost connection stopped, as long as nothing can have been committed.
    async fn commit(&self, batch: &Batch) -> Result<Outcomes, StoreError> {
        let mut apart = false;
        let mut failures = 0;
        loop {
            let attempt = if apart { self.apart(batch).await } else { self.together(batch).await };
            match attempt {
                Ok(outcomes) => return Ok(outcomes),
                Err(Stop::Apart) => apart = true,
                Err(Stop::Failed(error)) if error.is_transient() && failures < ATTEMPTS => {
                    failures += 1;
                    tokio::time::sleep(Duration::from_millis(4 << failures)).await;
                }
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
    }

    async fn together(&self, batch: &Batch) -> Result<Outcomes, Stop> {
        let mut tx = self.begin().await?;
        for job in batch {
            match job.run(&mut tx).await {
                Ok(()) => {}
                Err(Failed::Stopped(error)) if error.is_transient() => return give_up(tx, error).await,
                Err(failed) if batch.len() == 1 => {
                    tx.db.rollback().await.map_err(StoreError::from)?;
                    return Ok(vec![Err(failed)]);
                }
                Err(_) => {
                    tx.db.rollback().await.map_err(StoreError::from)?;
                    return Err(Stop::Apart);
                }
            }
        }
        self.finish(tx).await?;
        Ok(batch.iter().map(|_| Ok(())).collect())
    }

    async fn apart(&self, batch: &Batch) -> Result<Outcomes, Stop> {
        let mut tx = self.begin().await?;
        let mut outcomes = Outcomes::with_capacity(batch.len());
        for job in batch {
            let savepoint = tx.db.begin().await.map_err(StoreError::from)?;
            let mut inner = Tx::new(savepoint, self.vault.clone(), tx.state.clone());
            let outcome = job.run(&mut inner).await;
            match &outcome {
                Ok(()) => {
                    inner.db.commit().await.map_err(StoreError::from)?;
                    tx.state = inner.state;
                }
                Err(Failed::Stopped(error)) if error.is_transient() => {
                    drop(inner);
                    return give_up(tx, error.clone()).await;
                }
                Err(_) => inner.db.rollback().await.map_err(StoreError::from)?,
            }
            outcomes.push(outcome);
        }
        self.finish(tx).await?;
        Ok(outcomes)
    }

    async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx::new(begin(&self.db).await?, self.vault.clone(), TxState::default()))
    }

    /// Counters, COMMIT, and only then what others may see of it.
    async fn finish(&self, mut tx: Tx) -> Result<(), StoreError> {
        log::flush(&mut tx).await?;
        let Tx { db, state, .. } = tx;
        db.commit().await.map_err(|error| match StoreError::from(error) {
            StoreError::Disconnected(reason) => StoreError::CommitUnknown(reason),
            other => other,
        })?;
        if let Some(newest) = state.log.newest() {
            self.newest.send_if_modified(|pos| {
                newest > *pos && {
                    *pos = newest;
                    true
                }
            });
        }
        self.vault.publish(state.fresh_keys);
        Ok(())
    }
}

/// The transaction may be gone already, so how its rollback ends tells nothing.
async fn give_up(tx: Tx, error: StoreError) -> Result<Outcomes, Stop> {
    drop(tx.db.rollback().await);
    Err(Stop::Failed(error))
}
