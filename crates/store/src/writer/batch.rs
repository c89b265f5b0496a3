//! One batch, one transaction.
//!
//! First the whole batch runs without savepoints, which cost two round trips each. Only when a command fails is the batch
//! rolled back and run again with a savepoint before each, so that the failure stays with the one who caused it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use super::{Job, job::Failed};
use crate::{StoreError, Tx, log, subscribers::Subscribers, transaction::Writer, tx::TxState, vault::Vault};

/// How often a batch runs that others' locks stop.
const ATTEMPTS: u32 = 8;

type Batch = Vec<Box<dyn Job>>;

pub(crate) struct Batcher {
    pub(crate) writer: Writer,
    pub(crate) vault: Arc<Vault>,
    pub(crate) newest: watch::Sender<i64>,
    pub(crate) commits: Arc<AtomicU64>,
    /// What is known of the webhooks; each transaction begins with it.
    pub(crate) subscribers: Subscribers,
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
            if matches!(&attempt, Err(Stop::Failed(error)) if !matches!(error, StoreError::Disconnected(_) | StoreError::TimedOut))
            {
                self.writer.renew().await;
            }
            match attempt {
                Ok(outcomes) => return Ok(outcomes),
                Err(Stop::Apart) => apart = true,
                Err(Stop::Failed(error)) => {
                    failures += 1;
                    if !worth_repeating(&error, failures) {
                        return Err(error);
                    }
                    tokio::time::sleep(Duration::from_millis(4 << failures)).await;
                }
            }
        }
    }

    async fn together(&self, batch: &Batch) -> Result<Outcomes, Stop> {
        let mut tx = self.begin().await?;
        for job in batch {
            let Err(failed) = job.run(&mut tx).await else { continue };
            self.roll_back(tx).await;
            return match failed {
                Failed::Stopped(error) if error.is_transient() => Err(Stop::Failed(error)),
                failed if batch.len() == 1 => Ok(vec![Err(failed)]),
                _ => Err(Stop::Apart),
            };
        }
        if let Err(error) = log::flush(&mut tx).await {
            self.roll_back(tx).await;
            let own = !error.is_transient() && batch.len() > 1;
            return Err(if own { Stop::Apart } else { Stop::Failed(error) });
        }
        self.finish(tx).await?;
        Ok(batch.iter().map(|_| Ok(())).collect())
    }

    async fn apart(&self, batch: &Batch) -> Result<Outcomes, Stop> {
        let mut tx = self.begin().await?;
        let mut outcomes = Outcomes::with_capacity(batch.len());
        for job in batch {
            let savepoint = tx.db.savepoint().await?;
            let mut inner = Tx::new(savepoint, self.vault.clone(), tx.state.clone());
            let mut outcome = job.run(&mut inner).await;
            if outcome.is_ok() {
                outcome = log::flush(&mut inner).await.map_err(Failed::Stopped);
            }
            let Tx { db, state, .. } = inner;
            if outcome.is_ok() {
                db.commit().await?;
                tx.state = state;
            } else {
                only_this(db.roll_back().await.err(), &outcome)?;
            }
            outcomes.push(outcome);
        }
        self.finish(tx).await?;
        Ok(outcomes)
    }

    async fn begin(&self) -> Result<Tx, StoreError> {
        let state = TxState { subscribers: self.subscribers.clone(), ..TxState::default() };
        Ok(Tx::new(self.writer.begin().await?, self.vault.clone(), state))
    }

    async fn roll_back(&self, tx: Tx) {
        if tx.db.roll_back().await.is_err() {
            self.writer.renew().await;
        }
    }

    /// COMMIT, and only then what others may see of it.
    async fn finish(&self, tx: Tx) -> Result<(), StoreError> {
        let Tx { db, state, .. } = tx;
        db.commit().await.map_err(commit_failed)?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        if let Some(newest) = state.log.newest() {
            self.newest.send_if_modified(|pos| {
                newest > *pos && {
                    *pos = newest;
                    true
                }
            });
        }
        self.vault.publish(state.fresh_keys);
        state.subscribers.publish();
        Ok(())
    }
}

/// Whether a command's failure stayed its own: not if its savepoint is gone, or if all should be tried again.
fn only_this(lost: Option<StoreError>, outcome: &Result<(), Failed>) -> Result<(), StoreError> {
    match (outcome, lost) {
        (Err(Failed::Stopped(error)), lost) if lost.is_some() || error.is_transient() => Err(error.clone()),
        (_, Some(lost)) => Err(lost),
        _ => Ok(()),
    }
}

/// Only an answer of the database says that nothing was committed.
fn commit_failed(error: StoreError) -> StoreError {
    match error {
        StoreError::Busy(_)
        | StoreError::Full(_)
        | StoreError::ReadOnly { .. }
        | StoreError::Conflict(_)
        | StoreError::MissingReference(_) => error,
        other => StoreError::CommitUnknown(other.to_string()),
    }
}

/// A lost connection is tried once more, the pool having waited for the database each time.
fn worth_repeating(error: &StoreError, failures: u32) -> bool {
    match error {
        StoreError::Busy(_) => failures < ATTEMPTS,
        StoreError::Disconnected(_) | StoreError::TimedOut => failures < 2,
        _ => false,
    }
}
