//! Who gets the session: settled in one transaction, before anything is closed.

use switchboard_model::{Session, SessionId, Timestamp};
use switchboard_store::{Tx, audit, audit::NewAudit, handovers, handovers::HandoverRow, sessions};

use super::{ExpiresIn, held};
use crate::{
    Caller, Core, Error,
    caller::Scope,
    sessions::{Step, step},
};

/// A claim that stands.
pub(super) struct Claimed {
    pub(super) row: HandoverRow,
    /// The holder had it already.
    pub(super) again: bool,
}

impl Core {
    /// The session behind a bot's id, for this credential.
    pub(super) async fn bot(&self, caller: &Caller, id: &SessionId) -> Result<Session, Error> {
        let session = sessions::find(self.store().reader(), id).await?;
        let session = session.ok_or_else(|| Error::not_found("bot", id.as_str()))?;
        caller.must_own(&session)?;
        caller.require(Scope::Bots)?;
        Ok(session)
    }

    /// From here on no keeper starts, whatever happens to this process.
    pub(super) async fn claim(&self, caller: &Caller, id: &SessionId) -> Result<Claimed, Error> {
        let now = self.now();
        let wanted = HandoverRow {
            session: id.clone(),
            lease: uuid::Uuid::now_v7().to_string(),
            epoch: 0,
            holder: caller.holder(),
            taken_at: now,
            renewed_at: now,
            expires_at: now.after(ExpiresIn::default().duration()),
            expired: false,
        };
        let mut entry = self.audit(caller, "session.hand_over", id.as_str());
        entry.detail = format!("lease {}", wanted.lease);
        self.store()
            .try_write(move |tx| {
                let (wanted, entry) = (wanted.clone(), entry.clone());
                Box::pin(async move { settle(tx, wanted, &entry, now).await })
            })
            .await
    }
}

async fn settle(tx: &mut Tx, wanted: HandoverRow, entry: &NewAudit, now: Timestamp) -> Result<Claimed, Error> {
    if let Some(found) = handovers::find(tx, &wanted.session).await? {
        if found.holder != wanted.holder {
            return Err(held(&found));
        }
        let row = HandoverRow {
            renewed_at: now,
            expires_at: found.expires_at.max(wanted.expires_at),
            expired: false,
            ..found
        };
        handovers::update(tx, &row).await?;
        audit::insert(tx, entry).await?;
        // Without the connection nothing was read yet, so nothing was given.
        return Ok(Claimed { again: row.epoch > 0, row });
    }
    let session = sessions::find(tx, &wanted.session).await?;
    if !session.is_some_and(|session| session.linked) {
        return Err(not_linked(&wanted.session));
    }
    handovers::insert(tx, &wanted).await?;
    step(tx, &wanted.session, Step::HandOver { lease: wanted.lease.clone() }, now).await?;
    audit::insert(tx, entry).await?;
    Ok(Claimed { row: wanted, again: false })
}

pub(super) fn not_linked(session: &SessionId) -> Error {
    Error::NotLinked(format!("session {session} is not linked to an account: pair it first"))
}
