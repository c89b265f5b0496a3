//! The directory of the session files: `<id>.json`, each written whole or not at all.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, ErrorKind, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use switchboard_model::SessionId;

const VERSION: u32 = 1;

pub(crate) struct SessionFiles {
    pub(super) folder: Option<Folder>,
    /// Held from reading a session to writing its file: what leaves meanwhile leaves afterwards.
    pub(super) turn: tokio::sync::Mutex<()>,
    leaving: Arc<Mutex<Vec<SessionId>>>,
}

/// While this lives, no file of the session is written.
pub(crate) struct Gone {
    session: SessionId,
    leaving: Arc<Mutex<Vec<SessionId>>>,
}

#[derive(Clone)]
pub(super) struct Folder(PathBuf);

#[derive(Serialize, Deserialize)]
struct Sealed {
    version: u32,
    id: SessionId,
    sealed: String,
}

impl SessionFiles {
    pub(crate) fn new(dir: Option<PathBuf>) -> Self {
        Self { folder: dir.map(Folder), turn: tokio::sync::Mutex::default(), leaving: Arc::default() }
    }

    pub(super) fn leave(&self, session: &SessionId) -> Gone {
        lock(&self.leaving).push(session.clone());
        Gone { session: session.clone(), leaving: Arc::clone(&self.leaving) }
    }

    pub(super) fn leaves(&self, session: &SessionId) -> bool {
        lock(&self.leaving).contains(session)
    }
}

impl Drop for Gone {
    fn drop(&mut self) {
        let mut leaving = lock(&self.leaving);
        if let Some(place) = leaving.iter().position(|id| *id == self.session) {
            leaving.swap_remove(place);
        }
    }
}

impl Folder {
    /// The sessions that have a file.
    pub(super) fn list(&self) -> io::Result<Vec<SessionId>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect())
    }

    /// The sealed bytes; nothing where there is no file.
    pub(super) fn read(&self, session: &SessionId) -> io::Result<Option<Vec<u8>>> {
        let text = match fs::read(self.path(session)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let file: Sealed = serde_json::from_slice(&text)?;
        if file.version != VERSION || file.id != *session {
            return Err(io::Error::new(ErrorKind::InvalidData, "it is of another version, or of another session"));
        }
        BASE64_STANDARD.decode(file.sealed).map(Some).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
    }

    /// A crash leaves the file before or the file after.
    pub(super) fn write(&self, session: &SessionId, sealed: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let file = Sealed { version: VERSION, id: session.clone(), sealed: BASE64_STANDARD.encode(sealed) };
        // For the owner alone: temporary files are made so.
        let mut temporary = tempfile::NamedTempFile::new_in(&self.0)?;
        temporary.write_all(&serde_json::to_vec(&file)?)?;
        temporary.as_file().sync_all()?;
        temporary.persist(self.path(session))?;
        sync(&self.0)
    }

    /// One that is not there is no error.
    pub(super) fn remove(&self, session: &SessionId) -> io::Result<()> {
        match fs::remove_file(self.path(session)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| sync(&self.0)),
        }
    }

    fn path(&self, session: &SessionId) -> PathBuf {
        self.0.join(format!("{session}.json"))
    }
}

fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn lock(leaving: &Mutex<Vec<SessionId>>) -> MutexGuard<'_, Vec<SessionId>> {
    leaving.lock().unwrap_or_else(PoisonError::into_inner)
}
