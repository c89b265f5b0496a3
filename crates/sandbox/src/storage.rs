//! The data directory: the network's keys, and for each account a file with its state and one with its chats.
//!
//! A state file is written beside its old self and takes its place in one step, so that a network killed at any
//! moment finds either the old or the new one. Chats only grow; their changes are appended.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::domain::{Account, Group, Newsletter};
use crate::network::{Place, Saved, SavedAccount};
use crate::wire::SavedKeys;

const KEYS: &str = "network.json";
const ACCOUNTS: &str = "accounts";
const GROUPS: &str = "groups";
const NEWSLETTERS: &str = "newsletters";
const STATE: &str = "json";
const CHATS: &str = "chats";

#[derive(Debug, Error)]
pub enum StorageError {
    #[error("cannot {what} {path}: {source}")]
    Io { what: &'static str, path: PathBuf, source: io::Error },
    #[error("{path} is damaged: {source}; remove it or the whole data directory to start anew")]
    Damaged { path: PathBuf, source: serde_json::Error },
    #[error("the state of an account cannot be written: {0}")]
    Encode(serde_json::Error),
}

#[derive(Clone)]
pub(crate) struct Storage {
    dir: PathBuf,
}

impl Storage {
    pub(crate) fn open(dir: PathBuf) -> Result<Self, StorageError> {
        let accounts = dir.join(ACCOUNTS);
        for dir in [accounts, dir.join(GROUPS), dir.join(NEWSLETTERS)] {
            std::fs::create_dir_all(&dir).map_err(|e| failed("create", &dir, e))?;
        }
        Ok(Self { dir })
    }

    pub(crate) fn keys_or(&self, make: impl FnOnce() -> SavedKeys) -> Result<SavedKeys, StorageError> {
        let path = self.dir.join(KEYS);
        if let Some(keys) = read(&path)? {
            return Ok(keys);
        }
        let keys = make();
        write(&path, &encode(&keys)?)?;
        Ok(keys)
    }

    pub(crate) fn accounts(&self) -> Result<Vec<Account>, StorageError> {
        let loaded = states(&self.dir.join(ACCOUNTS))?.into_iter().filter_map(|path| load(&path).transpose());
        loaded.collect()
    }

    pub(crate) fn groups(&self) -> Result<Vec<Group>, StorageError> {
        self.places(GROUPS)
    }

    pub(crate) fn newsletters(&self) -> Result<Vec<Newsletter>, StorageError> {
        self.places(NEWSLETTERS)
    }

    fn places<T: DeserializeOwned>(&self, folder: &str) -> Result<Vec<T>, StorageError> {
        let loaded = states(&self.dir.join(folder))?.into_iter().filter_map(|path| read(&path).transpose());
        loaded.collect()
    }

    /// Off the async threads: a big account takes a while.
    pub(crate) async fn write(&self, saved: Saved) -> Result<(), StorageError> {
        let storage = self.clone();
        let written = tokio::task::spawn_blocking(move || storage.write_now(saved)).await;
        written.unwrap_or_else(|e| Err(failed("write", Path::new(ACCOUNTS), io::Error::other(e))))
    }

    fn write_now(&self, saved: Saved) -> Result<(), StorageError> {
        for number in saved.removed {
            remove(&self.account(&number, STATE))?;
            remove(&self.account(&number, CHATS))?;
        }
        for SavedAccount { number, state, log } in saved.written {
            append(&self.account(&number, CHATS), &log)?;
            write(&self.account(&number, STATE), &state.map_err(StorageError::Encode)?)?;
        }
        self.keep(GROUPS, saved.groups)?;
        self.keep(NEWSLETTERS, saved.newsletters)
    }

    fn keep(&self, folder: &str, places: Vec<Place>) -> Result<(), StorageError> {
        for (id, state) in places {
            let path = self.dir.join(folder).join(format!("{id}.{STATE}"));
            match state {
                Some(state) => write(&path, &state.map_err(StorageError::Encode)?)?,
                None => remove(&path)?,
            }
        }
        Ok(())
    }

    /// Numbers are digits only, so they are safe as file names.
    fn account(&self, number: &str, extension: &str) -> PathBuf {
        self.dir.join(ACCOUNTS).join(format!("{number}.{extension}"))
    }
}

/// The state files of a folder.
fn states(dir: &Path) -> Result<Vec<PathBuf>, StorageError> {
    let entries = std::fs::read_dir(dir).map_err(|e| failed("list", dir, e))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| failed("list", dir, e))?.path();
        if path.extension().is_some_and(|extension| extension == STATE) {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn load(path: &Path) -> Result<Option<Account>, StorageError> {
    let mut account: Option<Account> = read(path)?;
    let chats = path.with_extension(CHATS);
    match (&mut account, std::fs::read(&chats)) {
        (Some(account), Ok(lines)) => account.phone.restore_log(&lines),
        (_, Err(e)) if e.kind() != io::ErrorKind::NotFound => return Err(failed("read", &chats, e)),
        _ => {}
    }
    Ok(account)
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, StorageError> {
    serde_json::to_vec(value).map_err(StorageError::Encode)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StorageError> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let damaged = |source| StorageError::Damaged { path: path.to_owned(), source };
            serde_json::from_slice(&bytes).map(Some).map_err(damaged)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(failed("read", path, e)),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StorageError> {
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes).map_err(|e| failed("write", &beside, e))?;
    std::fs::rename(&beside, path).map_err(|e| failed("replace", path, e))
}

fn append(path: &Path, bytes: &[u8]) -> Result<(), StorageError> {
    if bytes.is_empty() {
        return Ok(());
    }
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|e| failed("append to", path, e))
}

fn remove(path: &Path) -> Result<(), StorageError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("remove", path, e)),
        _ => Ok(()),
    }
}

fn failed(what: &'static str, path: &Path, source: io::Error) -> StorageError {
    StorageError::Io { what, path: path.to_owned(), source }
}
