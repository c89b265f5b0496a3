//! The time for which this gateway runs a session: one lease, from before the first link until after the last.
//!
//! Everything that is written in this time is written under the lease's newest epoch, and checked against it in the
//! same transaction. The last word and the giving back are one commit, so that nobody takes the session over between.

use std::time::Duration;

use switchboard_model::{SessionId, Timestamp};
use switchboard_store::{StoreError, Tx, handovers, leases};
use tokio::time::{Instant, sleep};

use super::{
    state::Step,
    transition::{logged_out, step},
};
use crate::{Core, replicas::News};

/// Between two tries to write the last word, while the database is away.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Tenure {
    core: Core,
    session: SessionId,
    /// Of the lease as last taken; none before.
    epoch: Option<i64>,
}

impl Tenure {
    pub(super) fn new(core: Core, session: SessionId) -> Self {
        Self { core, session, epoch: None }
    }

    /// Takes the lease for the next link, or nothing when another has it. One that is ours already gets a new epoch,
    /// so that what the last link left behind writes no more.
    pub(super) async fn take(&mut self) -> Result<Option<i64>, StoreError> {
        let (session, settings) = (self.session.clone(), self.core.settings().clone());
        let taken = self.core.store().write(move |tx| {
            let (session, settings) = (session.clone(), settings.clone());
            Box::pin(async move {
                if handovers::find(tx, &session).await?.is_some() {
                    return Ok(None);
                }
                let address = settings.address.as_deref();
                leases::acquire(tx, &session, &settings.instance, address, settings.lease.lasts).await
            })
        });
        let taken = taken.await?;
        self.epoch = taken.or(self.epoch);
        Ok(taken)
    }

    /// Takes a step as the holder. False when the lease is another's: then nothing was written.
    pub(super) async fn step(&self, to: Step) -> bool {
        let Some(epoch) = self.epoch else { return true };
        let (session, now) = (self.session.clone(), self.core.now());
        let written = self.core.store().write(move |tx| {
            let (session, to) = (session.clone(), to.clone());
            Box::pin(async move {
                let ours = leases::is_current(tx, &session, epoch).await?;
                if ours {
                    step(tx, &session, to, now).await?;
                }
                Ok(ours)
            })
        });
        written.await.unwrap_or_else(|error| {
            tracing::error!(session = %self.session, %error, "a change of state could not be stored");
            true
        })
    }

    /// Writes the last word, if there is one, and gives the lease back. What cannot be written is tried again for as
    /// long as the lease may last.
    pub(super) async fn end(self, last: Option<Step>) {
        let Some(epoch) = self.epoch else { return };
        let until = Instant::now() + self.core.settings().lease.fence_after;
        while let Err(error) = self.write_last(epoch, last.clone()).await {
            if Instant::now() > until {
                tracing::error!(session = %self.session, %error, "the last state of a session could not be stored");
                return;
            }
            tracing::warn!(session = %self.session, %error, "the last state of a session cannot be stored yet");
            sleep(PAUSE).await;
        }
        self.core.tell(News::Free);
        if let Some(Step::LogOut { .. }) = last {
            self.core.keep_file(&self.session).await;
        }
    }

    async fn write_last(&self, epoch: i64, last: Option<Step>) -> Result<(), StoreError> {
        let (session, now) = (self.session.clone(), self.core.now());
        let written = self.core.store().write(move |tx| {
            let (session, last) = (session.clone(), last.clone());
            Box::pin(async move {
                if leases::is_current(tx, &session, epoch).await? {
                    last_word(tx, &session, last, now).await?;
                    leases::release(tx, &session, epoch).await?;
                }
                Ok(())
            })
        });
        written.await
    }
}

async fn last_word(tx: &mut Tx, session: &SessionId, last: Option<Step>, now: Timestamp) -> Result<(), StoreError> {
    match last {
        Some(Step::LogOut { reason }) => logged_out(tx, session, reason, now).await,
        Some(last) => step(tx, session, last, now).await.map(drop),
        None => Ok(()),
    }
}
