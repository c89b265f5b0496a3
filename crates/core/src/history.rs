//! Importing what was written before the link, in the background and in small commits, so that nobody else waits.
//!
//! Pieces lie in the database until they are done, with how far each came, so that a restart goes on where the last
//! process stopped. Natural keys make it harmless to import a message twice. It is best effort: what cannot be read is
//! left out.

mod import;

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use switchboard_model::{Party, SessionId};
use switchboard_store::{StoreError, history, sessions};

use self::import::Import;
use crate::{Core, retention::cutoff, sessions::settings};

/// The sessions whose past is being imported by this process.
#[derive(Default)]
pub(crate) struct Importing(Mutex<HashSet<SessionId>>);

struct Turn<'a>(&'a Importing, SessionId);

impl Importing {
    /// One importer for each session.
    fn take(&self, session: &SessionId) -> Option<Turn<'_>> {
        let fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(session.clone());
        fresh.then(|| Turn(self, session.clone()))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl Core {
    /// Goes on with what an earlier process left, for the sessions that run here.
    pub(crate) async fn import_what_is_left(&self) -> Result<(), StoreError> {
        for session in history::waiting(self.store().reader()).await? {
            if self.0.keepers.live(&session).is_some() {
                self.import_history(&session);
            }
        }
        Ok(())
    }

    /// Imports every piece of a session's past, unless that is under way.
    pub(crate) fn import_history(&self, session: &SessionId) {
        let (core, session) = (self.clone(), session.clone());
        tokio::spawn(async move {
            let Some(_turn) = core.0.importing.take(&session) else { return };
            if let Err(error) = core.import_pieces(&session).await {
                tracing::warn!(%session, %error, "the past could not be imported yet; it is tried again in a minute");
            }
        });
    }

    async fn import_pieces(&self, session: &SessionId) -> Result<(), StoreError> {
        while let Some(piece) = history::next(self.store().reader(), session).await? {
            let Some(row) = sessions::find(self.store().reader(), session).await? else { return Ok(()) };
            let settings = settings::of(self.store().reader(), session).await?;
            let mut import = Import::new(self, session, cutoff(settings, self.now()));
            let own = Party::person(row.phone, row.lid);
            if let (Some(own), true) = (own, settings.store_messages)
                && let Err(error) = import.piece(&own, &piece).await?
            {
                tracing::warn!(%session, %error, "a piece of the past cannot be read and is left out");
            }
            import.finish(piece).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
