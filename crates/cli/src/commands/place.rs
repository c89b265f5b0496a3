//! Where a command works that can do so both ways.

use super::{
    Failure, offline,
    offline::Held,
    remote::{Remote, Server},
    settings,
};
use crate::config::Sources;
use crate::serve::{DataDir, Fatal};

pub(super) enum Place {
    /// A gateway runs, or one was named.
    Online(Remote),
    /// The store, held for as long.
    Offline(Box<Held>),
}

pub(super) async fn place(server: &Server, sources: &Sources) -> Result<Place, Failure> {
    if server.is_named() || runs_here(sources)? {
        return Ok(Place::Online(Remote::of(server, sources)?));
    }
    Ok(Place::Offline(Box::new(offline::open(sources).await?)))
}

/// Whether a gateway holds the data directory of these settings.
fn runs_here(sources: &Sources) -> Result<bool, Failure> {
    let (_, config) = settings(sources)?;
    // One that is not there yet is made by whoever opens the store.
    Ok(config.data_dir.exists() && matches!(DataDir::take(&config.data_dir), Err(Fatal::InUse { .. })))
}
