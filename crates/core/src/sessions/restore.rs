//! Sessions that have a file and no row: the database was lost, and they go on from what the file keeps.

use std::sync::Arc;

use switchboard_model::{EventBody, Session, SessionId, SessionState, UserId};
use switchboard_store::{audit, sessions, users};

use super::{
    files::{Kept, on_disk},
    folder::Folder,
};
use crate::{Caller, Core, Error, caller::Scope, events::emit, handover::replace_state};

impl Core {
    /// Brings back every session that has a file and that the database does not know. Run before any session connects.
    /// What fails is told, and stops nothing; the file stays.
    pub async fn restore_sessions(&self, caller: &Caller) {
        let Some(folder) = self.0.files.folder.clone() else { return };
        let listed = folder.clone();
        let ids = on_disk(move || listed.list()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the directory of the session files cannot be read");
            Vec::new()
        });
        for id in ids {
            match self.restore(caller, &folder, &id).await {
                Ok(false) => {}
                Ok(true) => tracing::info!(session = %id, "restored from its file"),
                Err(error) => tracing::warn!(session = %id, %error, "the session could not be restored from its file"),
            }
        }
    }

    async fn restore(&self, caller: &Caller, folder: &Folder, id: &SessionId) -> Result<bool, Error> {
        caller.require(Scope::Sessions)?;
        let known = sessions::find(self.store().reader(), id).await?.is_some();
        if known || self.was_deleted(id).await? {
            return Ok(false);
        }
        let unreadable = || Error::internal("it does not open: another master key sealed it, or it was changed");
        let kept = self.read_file(folder, id).await.map_err(Error::internal)?.ok_or_else(unreadable)?;
        self.insert_kept(caller, kept).await.map(|()| true)
    }

    async fn insert_kept(&self, caller: &Caller, kept: Kept) -> Result<(), Error> {
        let now = self.now();
        let rows = kept.state().ok_or_else(|| Error::internal("its credentials cannot be read"))?;
        let owner = kept.session.owner;
        let owner = users::find(self.store().reader(), owner).await?.map_or(UserId::ADMIN, |_| owner);
        let state = SessionState::Disconnected { reason: "restored from its file".to_owned(), retry_at: None };
        let session = Session { owner, state, linked: true, updated_at: now, ..kept.session };
        let settings = serde_json::to_vec(&kept.settings).map_err(Error::internal)?;
        let entry = self.audit(caller, "session.restore", session.id.as_str());
        let order = Arc::new((session, rows, settings, entry));
        self.store()
            .try_write(move |tx| {
                let order = Arc::clone(&order);
                Box::pin(async move {
                    let (session, rows, settings, entry) = &*order;
                    sessions::insert(tx, session).await?;
                    sessions::set_settings(tx, &session.id, settings).await?;
                    replace_state(tx, &session.id, rows).await?;
                    emit(tx, &session.id, now, &EventBody::SessionCreated { name: session.name.clone() }).await?;
                    audit::insert(tx, entry).await.map_err(Error::from)
                })
            })
            .await
    }
}
