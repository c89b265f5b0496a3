//! What the clock does to hand-overs: it tells, and nothing else. Who has the session may be cut off and alive.

use switchboard_model::EventBody;
use switchboard_store::{StoreError, handovers, handovers::HandoverRow};

use super::{Handover, count};
use crate::{Caller, Core, Error, caller::Scope, events::emit};

impl Core {
    /// The hand-over of a session, if it is handed over.
    pub async fn handover(
        &self,
        caller: &Caller,
        id: &switchboard_model::SessionId,
    ) -> Result<Option<Handover>, Error> {
        self.session_for(caller, id, Scope::Read).await?;
        Ok(handovers::find(self.store().reader(), id).await?.map(Handover::from))
    }

    /// Announces each lease that has run out, once.
    pub(crate) async fn announce_expiries(&self) -> Result<(), StoreError> {
        let now = self.now();
        for row in handovers::run_out(self.store().reader(), now).await? {
            let told = self
                .store()
                .write(move |tx| {
                    let row = row.clone();
                    Box::pin(async move {
                        // It may have been renewed or announced since.
                        let Some(found) = handovers::find(tx, &row.session).await? else { return Ok(false) };
                        if found.lease != row.lease || found.expired || found.expires_at > now {
                            return Ok(false);
                        }
                        let row = HandoverRow { expired: true, ..found };
                        handovers::update(tx, &row).await?;
                        let body = EventBody::HandoverExpired { lease: row.lease.clone(), holder: row.holder.clone() };
                        emit(tx, &row.session, now, &body).await?;
                        Ok(true)
                    })
                })
                .await?;
            if told {
                count("expired");
            }
        }
        Ok(())
    }
}
