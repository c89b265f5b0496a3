//! `switchboard rekey`: a new master key, under which every data key is wrapped anew. What they seal stays as it is.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use switchboard_store::{KeyFile, MasterKey, Store};

use super::{Failure, offline, say};
use crate::config::{MasterKeySource, Sources};

#[derive(Debug, Args)]
pub(super) struct Rekey {
    /// File that holds the new key; without it a new one is made
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
}

pub(super) async fn run(command: &Rekey, sources: &Sources) -> Result<(), Failure> {
    let held = offline::open(sources).await?;
    let next = command.new_key_file.as_ref().map(read).transpose()?;
    match (&held.config.master_key, next) {
        (MasterKeySource::Given(_), None) => {
            return Err("the master key is given in SWITCHBOARD_MASTER_KEY, so the next one must be given too: --new-key-file FILE".into());
        }
        (MasterKeySource::Given(_), Some(key)) => {
            held.store.rekey(key).await?;
            say("Done. From now on set SWITCHBOARD_MASTER_KEY to the new key; the old one opens nothing any more.");
        }
        (MasterKeySource::File { path, .. }, next) => {
            let key = next.map_or_else(MasterKey::generate, Ok)?;
            replace(&held.store, &KeyFile::new(path), key).await?;
            say(&format!("Done. {} holds the new key; the old one opens nothing any more.", path.display()));
        }
    }
    held.close().await;
    Ok(())
}

/// The new key is on the disk before the database needs it: a crash in between loses neither.
async fn replace(store: &Store, file: &KeyFile, key: MasterKey) -> Result<(), Failure> {
    file.stage(&key)?;
    store.rekey(key).await?;
    Ok(file.promote()?)
}

fn read(path: &PathBuf) -> Result<MasterKey, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    Ok(MasterKey::parse(&SecretString::from(text), &format!("in {}", path.display()))?)
}
