//! Backups: a sealed copy of everything, and the way back from it.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use switchboard_core::{Caller, FromBackup};
use switchboard_store::backup::Contents;

use crate::config::{Config, Database};
use crate::serve::{DataDir, Fatal, compose, storage};

/// Writes the file, whole or not at all. Gateways may use the database meanwhile.
pub async fn write(config: &Config, file: &Path) -> Result<Contents, Fatal> {
    if let Database::Sqlite(path) = &config.database
        && !path.exists()
    {
        return Err(Fatal::Other(format!("there is no database at {}", path.display())));
    }
    let fault = |error: std::io::Error| Fatal::Other(format!("{} cannot be written: {error}", file.display()));
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(fault)?;
    let contents = storage::dump(config, BufWriter::new(temporary.as_file_mut())).await?;
    temporary.as_file().sync_all().map_err(fault)?;
    temporary.persist(file).map_err(|error| fault(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault)?;
    Ok(contents)
}

/// Fills the empty database of these settings from the file. No gateway may run on the data directory.
pub async fn restore(config: &Config, file: &Path) -> Result<FromBackup, Fatal> {
    let _held = DataDir::take(&config.data_dir)?;
    let store = storage::open(config).await?;
    let brought = match compose::core(config, &store, "command line".to_owned()) {
        Ok(core) => core.restore_backup(&Caller::System, file.to_path_buf()).await.map_err(Fatal::from),
        Err(fatal) => Err(fatal),
    };
    store.close().await;
    brought
}
