//! The way back: with the state that the holder returns, or without it.

use std::sync::Arc;

use serde_json::Value;
use switchboard_model::{EventBody, SessionId, Timestamp};
use switchboard_store::{Tx, audit, audit::NewAudit, auth_state, handovers, handovers::HandoverRow};

use super::{count, ended, held};
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{EngineError, StateRow},
    events::emit,
};

/// The lease that a holder says it has.
#[derive(Clone, Debug)]
pub struct LeaseRef {
    pub id: String,
    pub epoch: i64,
}

/// What the end of a hand-over changes beside the hand-over itself.
pub(super) struct Change {
    rows: Vec<StateRow>,
    event: EventBody,
    entry: NewAudit,
}

impl Core {
    /// The holder gives the session back with its state, which replaces ours.
    pub async fn give_back(
        &self,
        caller: &Caller,
        id: &SessionId,
        lease: LeaseRef,
        state: Value,
    ) -> Result<Vec<String>, Error> {
        self.bot(caller, id).await?;
        let row = self.handover_of(id).await?;
        if row.lease != lease.id || row.epoch != lease.epoch {
            return Err(ended(id));
        }
        if !caller.holds(&row) && !caller.may_force() {
            return Err(held(&row));
        }
        let engine = Arc::clone(&self.0.engine);
        let ours = self.state_rows(id).await?;
        let restored = tokio::task::spawn_blocking(move || engine.import(&ours, &state)).await;
        let restored = restored.map_err(Error::internal)?.map_err(unreadable)?;
        let event = EventBody::HandoverReturned { lease: row.lease.clone(), holder: row.holder.clone() };
        let mut entry = self.audit(caller, "session.give_back", id.as_str());
        entry.detail = format!("lease {}", row.lease);
        self.end_handover(&row, Some(Change { rows: restored.rows, event, entry })).await?;
        count("returned");
        Ok(restored.warnings)
    }

    /// Takes the session back without its state: what the holder may have used is dropped, and made anew. Allowed to
    /// the holder, and to those who may make and change the session.
    pub async fn take_back(&self, caller: &Caller, id: &SessionId) -> Result<(), Error> {
        match caller.require(Scope::Bots) {
            Ok(()) => self.bot(caller, id).await.map(drop)?,
            Err(_) => self.session_for(caller, id, Scope::Sessions).await.map(drop)?,
        }
        let row = self.handover_of(id).await?;
        let forced = !caller.holds(&row);
        if forced && !caller.may_force() {
            return Err(held(&row));
        }
        let engine = Arc::clone(&self.0.engine);
        let ours = self.state_rows(id).await?;
        let rows = tokio::task::spawn_blocking(move || engine.without_ratchets(ours)).await;
        let rows = rows.map_err(Error::internal)??;
        let event = EventBody::HandoverTakenBack { lease: row.lease.clone(), holder: row.holder.clone(), forced };
        let mut entry = self.audit(caller, "session.take_back", id.as_str());
        entry.detail = format!("lease {} of {}", row.lease, row.holder);
        self.end_handover(&row, Some(Change { rows, event, entry })).await?;
        count(if forced { "forced" } else { "taken_back" });
        Ok(())
    }

    async fn handover_of(&self, id: &SessionId) -> Result<HandoverRow, Error> {
        let row = handovers::find(self.store().reader(), id).await?;
        row.ok_or_else(|| Error::Conflict(format!("session {id} is not handed over")))
    }

    pub(crate) async fn state_rows(&self, id: &SessionId) -> Result<Vec<StateRow>, Error> {
        Ok(StateRow::all(auth_state::everything(self.store().reader(), id).await?))
    }
}

impl Change {
    /// In the transaction that ends the hand-over.
    pub(super) async fn apply(&self, tx: &mut Tx, row: &HandoverRow, now: Timestamp) -> Result<(), Error> {
        replace_state(tx, &row.session, &self.rows).await?;
        emit(tx, &row.session, now, &self.event).await?;
        Ok(audit::insert(tx, &self.entry).await?)
    }
}

/// Puts this engine state in the place of the one before.
pub(crate) async fn replace_state(tx: &mut Tx, session: &SessionId, rows: &[StateRow]) -> Result<(), Error> {
    auth_state::wipe(tx, session).await?;
    for part in rows.chunk_by(|left, right| left.name == right.name) {
        let values = part.iter().map(|row| (row.id.as_str(), row.value.as_slice()));
        auth_state::put_many(tx, session, &part[0].name, values).await?;
    }
    Ok(())
}

/// What cannot be read is the fault of who sent it.
pub(super) fn unreadable(error: EngineError) -> Error {
    match error {
        EngineError::Corrupt(reason) => Error::invalid("session", reason),
        other => other.into(),
    }
}
