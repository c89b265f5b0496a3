//! Commands that work on the store themselves, while no gateway runs on this data directory.

use switchboard_core::Core;
use switchboard_store::Store;

use super::{Failure, settings};
use crate::config::{Config, Sources};
use crate::serve::{DataDir, Fatal, compose, first_start, storage};

/// The open store, and the data directory held for as long.
pub(super) struct Held {
    pub(super) config: Config,
    pub(super) store: Store,
    _data_dir: DataDir,
}

pub(super) async fn open(sources: &Sources) -> Result<Held, Failure> {
    let (_, config) = settings(sources)?;
    let data_dir = DataDir::take(&config.data_dir).map_err(say_what_runs)?;
    let store = storage::open(&config).await?;
    Ok(Held { config, store, _data_dir: data_dir })
}

impl Held {
    /// The use cases, with the administrator in place: whoever is made first must not take that one's number.
    pub(super) async fn core(&self) -> Result<Core, Failure> {
        let core = compose::core(&self.config, &self.store, "command line".to_owned())?;
        let made = first_start::make(&core, &self.config).await?;
        first_start::show(&made)?;
        Ok(core)
    }

    pub(super) async fn close(self) {
        self.store.close().await;
    }
}

fn say_what_runs(fatal: Fatal) -> Failure {
    match fatal {
        Fatal::InUse { path, holder } => format!(
            "a gateway is running on the data directory {}{holder}; stop it and repeat this, or use its API (/v1) while it runs",
            path.display()
        )
        .into(),
        other => other.into(),
    }
}
