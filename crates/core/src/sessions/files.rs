//! The sealed file of each linked session: its credentials and settings without ratchets, to go on from where the
//! database is lost. Written when it is paired and when it changes; gone before the session leaves.

use std::{io, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchboard_model::{Session, SessionId, Timestamp};
use switchboard_store::{
    StoreError, events,
    events::EventFilter,
    handovers,
    sessions::{self, SessionFilter},
};

use super::folder::{Folder, Gone};
use crate::{Core, Error, engine::StateRow};

const PURPOSE: &str = "session file";
const PAGE: u64 = 500;
/// What is learnt after the pairing comes into the file with this delay, and its prekeys stay ahead of those in use.
const FRESH: Duration = Duration::from_secs(3600);

/// What a file says, once opened.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) session: Session,
    pub(super) settings: Value,
    /// Which linking the credentials come from.
    link: String,
    written_at: Timestamp,
    rows: Vec<(String, String, String)>,
}

impl Core {
    /// Sees to it that the session's file says what is so. A failure is told and tried again by the periodic job.
    pub(crate) async fn keep_file(&self, id: &SessionId) {
        let Some(folder) = self.0.files.folder.clone() else { return };
        let _turn = self.0.files.turn.lock().await;
        if self.0.files.leaves(id) {
            return;
        }
        if let Err(error) = self.write_or_remove(&folder, id).await {
            tracing::warn!(session = %id, %error, "the session's file could not be written; it is tried again");
        }
    }

    /// Removes the session's file, and keeps it away until the returned guard is dropped.
    pub(crate) async fn forget_file(&self, id: &SessionId) -> Result<Gone, Error> {
        let _turn = self.0.files.turn.lock().await;
        let gone = self.0.files.leave(id);
        if let Some(folder) = self.0.files.folder.clone() {
            let session = id.clone();
            let removed = on_disk(move || folder.remove(&session)).await;
            removed.map_err(|error| Error::internal(format!("the file of session {id} cannot be removed: {error}")))?;
        }
        Ok(gone)
    }

    /// Writes what is missing or old, removes what is over.
    pub(crate) async fn reconcile_files(&self) -> Result<(), Error> {
        let Some(folder) = self.0.files.folder.clone() else { return Ok(()) };
        let mut after: Option<SessionId> = None;
        loop {
            let page = sessions::list(self.store().reader(), &SessionFilter::default(), after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for session in page.iter().filter(|session| session.linked) {
                self.keep_file(&session.id).await;
            }
        }
        for id in on_disk(move || folder.list()).await.map_err(Error::internal)? {
            let found = sessions::find(self.store().reader(), &id).await?;
            let over = match found {
                Some(session) => !session.linked,
                None => self.was_deleted(&id).await?,
            };
            if over {
                drop(self.forget_file(&id).await?);
            }
        }
        Ok(())
    }

    /// Whether the log tells that the session was deleted: then its file is left over, not its last trace.
    pub(super) async fn was_deleted(&self, id: &SessionId) -> Result<bool, StoreError> {
        let kinds = Some(vec!["session.deleted".to_owned()]);
        let filter = EventFilter { sessions: Some(vec![id.clone()]), kinds, ..EventFilter::default() };
        Ok(!events::after(self.store().reader(), 0, &filter, 1).await?.is_empty())
    }

    /// The opened file. Nothing where there is none, or where it does not open under this master key.
    pub(super) async fn read_file(&self, folder: &Folder, id: &SessionId) -> io::Result<Option<Kept>> {
        let (folder, session) = (folder.clone(), id.clone());
        let Some(sealed) = on_disk(move || folder.read(&session)).await? else { return Ok(None) };
        let plain = self.store().open_aside(PURPOSE, id.as_str(), &sealed);
        Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
    }

    async fn write_or_remove(&self, folder: &Folder, id: &SessionId) -> Result<(), Error> {
        let (folder, session) = (folder.clone(), id.clone());
        let Some(now) = self.to_keep(id).await? else {
            return on_disk(move || folder.remove(&session)).await.map_err(Error::internal);
        };
        // One that cannot be read is written anew.
        if self.read_file(&folder, id).await.ok().flatten().is_some_and(|kept| kept.says(&now)) {
            return Ok(());
        }
        let rows = self.state_rows(id).await?;
        let engine = Arc::clone(&self.0.engine);
        let rows = tokio::task::spawn_blocking(move || engine.without_ratchets(rows)).await;
        let kept = Kept { rows: rows.map_err(Error::internal)??.into_iter().map(packed).collect(), ..now };
        let plain = serde_json::to_vec(&kept).map_err(Error::internal)?;
        let sealed = self.store().seal_aside(PURPOSE, id.as_str(), &plain)?;
        on_disk(move || folder.write(&session, &sealed)).await.map_err(Error::internal)
    }

    /// What the file should say, yet without the credentials; nothing where there should be none.
    async fn to_keep(&self, id: &SessionId) -> Result<Option<Kept>, Error> {
        let reader = self.store().reader();
        let Some(session) = sessions::find(reader, id).await?.filter(|session| session.linked) else {
            return Ok(None);
        };
        if handovers::find(reader, id).await?.is_some() {
            return Ok(None);
        }
        let Some(link) = self.0.engine.link_mark(id).await? else { return Ok(None) };
        let settings = sessions::settings(reader, id).await?.unwrap_or_default();
        let settings = serde_json::from_slice(&settings).unwrap_or_default();
        Ok(Some(Kept { session, settings, link, written_at: self.now(), rows: Vec::new() }))
    }
}

impl Kept {
    fn says(&self, now: &Self) -> bool {
        let told = |kept: &Self| {
            let Session { name, owner, origin, desired, phone, lid, .. } = kept.session.clone();
            (name, owner, origin, desired, phone, lid, kept.settings.clone(), kept.link.clone())
        };
        told(self) == told(now) && self.written_at > now.written_at.before(FRESH)
    }

    pub(super) fn state(&self) -> Option<Vec<StateRow>> {
        let open = |(name, id, value): &(String, String, String)| {
            Some(StateRow { name: name.clone(), id: id.clone(), value: BASE64_STANDARD.decode(value).ok()? })
        };
        self.rows.iter().map(open).collect()
    }
}

fn packed(row: StateRow) -> (String, String, String) {
    (row.name, row.id, BASE64_STANDARD.encode(row.value))
}

pub(super) async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
