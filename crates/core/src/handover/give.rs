//! Giving the session out: close, take the connection lease, read everything in one transaction, translate.

use std::{sync::Arc, time::Duration};

use switchboard_model::{EventBody, SessionId};
use switchboard_store::{StoreError, auth_state, handovers, handovers::HandoverRow, leases};

use super::{Handed, Lease, ended, token::Minted};
use crate::{
    Caller, Core, Error,
    engine::{Exported, Form, StateRow},
    events::emit,
    finish::to_the_end,
    sessions::{Step, step},
};

/// As good as without end: only giving back ends it.
const FOR_GOOD: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
/// A keeper of another gateway notices within its look-round; one that died, within its lease.
const CLOSING: Duration = Duration::from_secs(45);
const LOOK_EVERY: Duration = Duration::from_millis(200);

impl Core {
    /// Hands the session over to this credential, or repeats what was handed over to it.
    pub async fn hand_over(&self, caller: &Caller, id: &SessionId, form: Form) -> Result<Handed, Error> {
        let (core, caller, id) = (self.clone(), caller.clone(), id.clone());
        to_the_end(async move { core.claim_and_give(&caller, &id, form).await }).await
    }

    async fn claim_and_give(&self, caller: &Caller, id: &SessionId, form: Form) -> Result<Handed, Error> {
        self.bot(caller, id).await?;
        let claimed = self.claim(caller, id).await?;
        let again = claimed.again;
        match self.give(caller, claimed.row.clone(), form).await {
            Ok(mut handed) => {
                if again {
                    handed.warnings.insert(0, "reissued".to_owned());
                }
                super::count(if again { "reissued" } else { "taken" });
                Ok(handed)
            }
            Err(error) => {
                // Nobody has the state: the session stays ours.
                if !again && let Err(undone) = self.end_handover(&claimed.row, None).await {
                    tracing::warn!(session = %id, error = %undone, "a hand-over that failed could not be undone");
                }
                Err(error)
            }
        }
    }

    async fn give(&self, caller: &Caller, row: HandoverRow, form: Form) -> Result<Handed, Error> {
        let id = row.session.clone();
        let _gone = self.forget_file(&id).await?;
        self.0.keepers.stop(&id, "handed over").await;
        let row = self.take_connection(row).await?;
        let exported = self.snapshot(&row, form).await?;
        let minted = Minted { session: id, lease: row.lease.clone(), holder: caller.holder() };
        let token = self.mint(minted, &exported, row.expires_at).await?;
        let lease = Lease { id: row.lease, epoch: row.epoch, expires_at: row.expires_at };
        Ok(Handed { state: exported.state, token, lease, warnings: exported.warnings })
    }

    /// Waits until this session's connection has ended everywhere, and sees to it that none begins.
    async fn take_connection(&self, row: HandoverRow) -> Result<HandoverRow, Error> {
        let until = tokio::time::Instant::now() + CLOSING;
        loop {
            if let Some(taken) = self.try_connection(row.clone()).await? {
                return Ok(taken);
            }
            if tokio::time::Instant::now() > until {
                return Err(Error::Conflict(format!(
                    "session {} is still connected by another gateway: try again in a moment",
                    row.session
                )));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn try_connection(&self, row: HandoverRow) -> Result<Option<HandoverRow>, Error> {
        let now = self.now();
        self.store()
            .try_write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    let found = handovers::find(tx, &row.session).await?.filter(|found| found.lease == row.lease);
                    let mut row = found.ok_or_else(|| ended(&row.session))?;
                    if row.epoch > 0 {
                        return Ok(Some(row));
                    }
                    let holder = format!("handover:{}", row.lease);
                    let Some(epoch) = leases::acquire(tx, &row.session, &holder, None, FOR_GOOD).await? else {
                        return Ok(None);
                    };
                    row.epoch = epoch;
                    handovers::update(tx, &row).await?;
                    let body = EventBody::HandoverTaken {
                        lease: row.lease.clone(),
                        epoch,
                        holder: row.holder.clone(),
                        expires_at: row.expires_at,
                    };
                    emit(tx, &row.session, now, &body).await?;
                    Ok(Some(row))
                })
            })
            .await
    }

    /// Nobody writes any more, so that taking it again shows the same.
    async fn snapshot(&self, row: &HandoverRow, form: Form) -> Result<Exported, Error> {
        let (session, epoch) = (row.session.clone(), row.epoch);
        let rows = self
            .store()
            .try_write(move |tx| {
                let session = session.clone();
                Box::pin(async move {
                    if !leases::is_current(tx, &session, epoch).await? {
                        return Err(ended(&session));
                    }
                    Ok(auth_state::everything(tx, &session).await?)
                })
            })
            .await?;
        self.export(StateRow::all(rows), form).await
    }

    /// Translating is work for the processor, not for the threads that serve.
    pub(super) async fn export(&self, rows: Vec<StateRow>, form: Form) -> Result<Exported, Error> {
        let engine = Arc::clone(&self.0.engine);
        let exported = tokio::task::spawn_blocking(move || engine.export(&rows, form)).await;
        Ok(exported.map_err(Error::internal)??)
    }

    /// Ends a hand-over: the session is ours again, with the state in `rows` where there is another one.
    pub(super) async fn end_handover(
        &self,
        row: &HandoverRow,
        change: Option<super::back::Change>,
    ) -> Result<(), Error> {
        let (row, now) = (row.clone(), self.now());
        let session = row.session.clone();
        let change = change.map(Arc::new);
        self.store()
            .try_write(move |tx| {
                let (row, change) = (row.clone(), change.clone());
                Box::pin(async move {
                    if !handovers::delete(tx, &row.session, &row.lease).await? {
                        return Err(ended(&row.session));
                    }
                    if row.epoch > 0 {
                        leases::release(tx, &row.session, row.epoch).await?;
                    }
                    if let Some(change) = change {
                        change.apply(tx, &row, now).await?;
                    }
                    step(tx, &row.session, Step::TakeBack { reason: "taken back".to_owned() }, now).await?;
                    Ok(())
                })
            })
            .await?;
        self.resume(&session).await.map_err(Error::from)
    }

    /// Starts the keeper again where the owner wants a connection.
    async fn resume(&self, id: &SessionId) -> Result<(), StoreError> {
        let session = switchboard_store::sessions::find(self.store().reader(), id).await?;
        if session.is_some_and(|session| session.desired == switchboard_model::Desired::Connected) {
            self.0.keepers.start(self, id, crate::engine::Pairing::Qr);
        }
        Ok(())
    }
}
