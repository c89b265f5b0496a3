//! Opening the store with the configured database and master key.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use switchboard_model::{Clock as _, SystemClock};
use switchboard_store::{DatabaseUrl, KeyFile, MasterKey, Store, StoreError, StoreOptions, backup};

use super::Fatal;
use crate::config::{Config, Database, MasterKeySource};

const READ_CONNECTIONS: u32 = 4;

/// Opens the store. The data directory must have been taken before.
pub(crate) async fn open(config: &Config) -> Result<Store, Fatal> {
    match &config.master_key {
        MasterKeySource::Given(text) => {
            let key = MasterKey::parse(text, "SWITCHBOARD_MASTER_KEY")?;
            Ok(open_with(&config.database, key).await?)
        }
        MasterKeySource::File { path, generate } => {
            let existed = path.exists();
            if !existed && !generate {
                return Err(Fatal::NoKeyFile(path.clone()));
            }
            let opened = open_with_file(&config.database, &KeyFile::new(path)).await;
            if opened.is_err() && !existed {
                // A key that never sealed anything must not lie where the right one is missing.
                let _ = std::fs::remove_file(path);
            }
            Ok(opened?)
        }
    }
}

/// Whether the database answers, and what speaks against trusting it through a power loss; its schema and its key are
/// left alone.
pub(crate) async fn reach(database: &Database) -> Result<Vec<String>, StoreError> {
    url(database)?.reach().await
}

/// A sealed copy of the database. The key must be there: with a new one it would open for nobody.
pub(crate) async fn dump(config: &Config, out: impl std::io::Write + Send) -> Result<backup::Contents, Fatal> {
    let key = match &config.master_key {
        MasterKeySource::Given(text) => MasterKey::parse(text, "SWITCHBOARD_MASTER_KEY")?,
        MasterKeySource::File { path, .. } if path.exists() => KeyFile::new(path).load_or_generate()?,
        MasterKeySource::File { path, .. } => return Err(Fatal::NoKeyFile(path.clone())),
    };
    Ok(backup::dump(&url(&config.database)?, key, SystemClock.now(), out).await?)
}

/// A rekey that was interrupted between the database and the file leaves the new key staged beside the old one.
async fn open_with_file(database: &Database, file: &KeyFile) -> Result<Store, StoreError> {
    match open_with(database, file.load_or_generate()?).await {
        Err(StoreError::WrongMasterKey) => {
            let staged = file.staged()?.ok_or(StoreError::WrongMasterKey)?;
            let store = open_with(database, staged).await?;
            file.promote()?;
            Ok(store)
        }
        other => other,
    }
}

async fn open_with(database: &Database, master_key: MasterKey) -> Result<Store, StoreError> {
    let clock = Arc::new(SystemClock);
    Store::open(StoreOptions { url: url(database)?, master_key, clock, read_connections: READ_CONNECTIONS }).await
}

fn url(database: &Database) -> Result<DatabaseUrl, StoreError> {
    match database {
        Database::Sqlite(path) => Ok(DatabaseUrl::sqlite_file(path)),
        Database::Server { url, .. } => SecretString::expose_secret(url).parse(),
    }
}
