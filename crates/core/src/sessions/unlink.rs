//! Ending a link for good: the device goes from the account, and with a deletion everything goes that was stored.

use std::time::Duration;

use switchboard_model::{Desired, Session, SessionId, Timestamp};
use switchboard_store::{StoreError, Tx, deliveries, events, outbox, sessions, webhooks};
use tokio::time::timeout;

use super::{SessionView, folder::Gone, state::Step, transition};
use crate::{Caller, Core, Error, caller::Scope, engine::Pairing, events::emit_end, finish::to_the_end};

/// The reason of a session that was logged out from here.
pub const LOGGED_OUT_AS_ASKED: &str = "logged out as asked";
/// How long a deletion waits for the network, so that the device goes from the phone's list too.
const COMING_BACK: Duration = Duration::from_secs(8);

impl Core {
    /// Unlinks the device and wipes everything that was stored for it.
    pub async fn delete_session(&self, caller: &Caller, id: &SessionId) -> Result<(), Error> {
        let (core, caller, id) = (self.clone(), caller.clone(), id.clone());
        to_the_end(async move { core.unlink_and_delete(&caller, &id).await }).await
    }

    async fn unlink_and_delete(&self, caller: &Caller, id: &SessionId) -> Result<(), Error> {
        let _gone = self.unlinked(caller, id).await?;
        let (session, now) = (id.clone(), self.now());
        self.store()
            .write(move |tx| {
                let session = session.clone();
                Box::pin(async move { wipe(tx, &session, now).await })
            })
            .await?;
        Ok(())
    }

    /// Removes the device from the account and forgets its keys; the session itself stays.
    pub async fn log_out(&self, caller: &Caller, id: &SessionId) -> Result<SessionView, Error> {
        let (core, caller, id) = (self.clone(), caller.clone(), id.clone());
        to_the_end(async move { core.unlink_and_log_out(&caller, &id).await }).await
    }

    async fn unlink_and_log_out(&self, caller: &Caller, id: &SessionId) -> Result<SessionView, Error> {
        let _gone = self.unlinked(caller, id).await?;
        self.store_logged_out(id).await?;
        self.session(caller, id).await
    }

    /// Removes the device from the account. No file of the session is written until what this returns is dropped.
    async fn unlinked(&self, caller: &Caller, id: &SessionId) -> Result<Gone, Error> {
        let session = self.session_for(caller, id, Scope::Sessions).await?;
        self.not_handed_over(id).await?;
        self.expect_here(id).await?;
        let gone = self.forget_file(id).await?;
        self.unlink(&session).await?;
        Ok(gone)
    }

    async fn store_logged_out(&self, id: &SessionId) -> Result<(), Error> {
        let (id, now) = (id.clone(), self.now());
        let written = self.store().write(move |tx| {
            let id = id.clone();
            Box::pin(async move { transition::logged_out(tx, &id, LOGGED_OUT_AS_ASKED.to_owned(), now).await })
        });
        Ok(written.await?)
    }

    async fn unlink(&self, session: &Session) -> Result<(), Error> {
        self.come_back_to_unlink(session).await?;
        self.want(&session.id, Desired::Disconnected, None).await?;
        self.0.keepers.unlink(&session.id).await;
        Ok(())
    }

    /// A device is removed over its own connection: one that is linked and away comes back for that, if the network
    /// lets it. Not with messages waiting, which would go out at the last moment.
    async fn come_back_to_unlink(&self, session: &Session) -> Result<(), Error> {
        let id = &session.id;
        let away = session.linked && self.0.keepers.link(id).is_none();
        if !away || outbox::depth(self.store().reader(), id).await? > 0 {
            return Ok(());
        }
        self.want(id, Desired::Connected, Some(Step::Start)).await?;
        self.0.keepers.start(self, id, Pairing::Qr);
        let Some(mut live) = self.0.keepers.live(id) else { return Ok(()) };
        if !matches!(timeout(COMING_BACK, live.wait_for(|live| live.link.is_some())).await, Ok(Ok(_))) {
            tracing::warn!(session = %id, "it could not connect to remove its device; the phone's owner can");
        }
        Ok(())
    }
}

/// Told once: whoever asked, hung up and asked again finds the first request at work still.
async fn wipe(tx: &mut Tx, session: &SessionId, now: Timestamp) -> Result<(), StoreError> {
    let Some(row) = sessions::find(tx, session).await? else { return Ok(()) };
    events::forget(tx, session).await?;
    deliveries::forget_session(tx, session).await?;
    webhooks::forget_session(tx, session).await?;
    emit_end(tx, &row, now).await?;
    sessions::delete(tx, session).await.map(drop)
}
