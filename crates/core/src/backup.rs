//! Going on from a backup. It brings back the past, and with it ratchets that have moved on since: every session keeps
//! its identity and begins all its conversations anew.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::Arc,
};

use switchboard_model::{SessionId, SessionState, Timestamp};
use switchboard_store::{
    Tx, audit,
    audit::NewAudit,
    auth_state, backup,
    sessions::{self, SessionFilter},
};

use crate::{
    Caller, Core, Error,
    engine::{Engine, StateRow},
    handover::replace_state,
    sessions::{Step, forget_link, step},
};

const PAGE: u64 = 500;
const REASON: &str = "restored from a backup";

/// What a backup brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FromBackup {
    pub made_at: Timestamp,
    pub sessions: usize,
    /// Linked sessions whose keys could not be made fit for use: their accounts have to be linked anew.
    pub to_link_anew: Vec<SessionId>,
}

impl Core {
    /// Fills an empty database from a backup, all of it or nothing.
    pub async fn restore_backup(&self, caller: &Caller, file: PathBuf) -> Result<FromBackup, Error> {
        caller.require_admin()?;
        if !backup::is_empty(self.store().reader()).await? {
            return Err(Error::Conflict(
                "this database is in use already: a backup is restored into an empty one. Move it away, or name another".to_owned(),
            ));
        }
        let (engine, now) = (Arc::clone(&self.0.engine), self.now());
        let entry = self.audit(caller, "backup.restore", "database");
        let order = Arc::new((file, engine, entry));
        self.store()
            .try_write(move |tx| {
                let order = Arc::clone(&order);
                Box::pin(async move {
                    let (file, engine, entry) = &*order;
                    restore(tx, file, engine.as_ref(), entry, now).await
                })
            })
            .await
    }
}

async fn restore(
    tx: &mut Tx,
    file: &Path,
    engine: &dyn Engine,
    entry: &NewAudit,
    now: Timestamp,
) -> Result<FromBackup, Error> {
    let unread = |error| Error::invalid("file", format!("{} cannot be read: {error}", file.display()));
    let input = BufReader::new(File::open(file).map_err(unread)?);
    let contents = backup::load(tx, input).await?;
    let mut brought = FromBackup { made_at: Timestamp::from_millis(contents.made_at), ..FromBackup::default() };
    let mut after: Option<SessionId> = None;
    loop {
        let page = sessions::list(tx, &SessionFilter::default(), after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        for session in page {
            brought.sessions += 1;
            // One that is handed over goes on elsewhere, and comes back from there.
            if session.linked
                && !matches!(session.state, SessionState::HandedOver { .. })
                && !renew(tx, engine, &session.id, now).await?
            {
                brought.to_link_anew.push(session.id);
            }
        }
    }
    audit::insert(tx, entry).await?;
    Ok(brought)
}

/// Drops what may have been used since. False if the session is to be linked anew.
async fn renew(tx: &mut Tx, engine: &dyn Engine, id: &SessionId, now: Timestamp) -> Result<bool, Error> {
    let rows = StateRow::all(auth_state::everything(tx, id).await?);
    match engine.without_ratchets(rows) {
        Ok(rows) => {
            replace_state(tx, id, &rows).await?;
            step(tx, id, Step::Down { reason: REASON.to_owned(), retry_at: None }, now).await?;
            Ok(true)
        }
        Err(error) => {
            tracing::warn!(session = %id, %error, "the keys in the backup cannot be used");
            forget_link(tx, id).await?;
            let reason = format!("{REASON} in which its keys cannot be read");
            step(tx, id, Step::LogOut { reason }, now).await?;
            Ok(false)
        }
    }
}
