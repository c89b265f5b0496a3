//! `switchboard serve`: runs the gateway until it is told to stop.

use super::{Failure, settings};
use crate::config::Sources;
use crate::serve::{Gateway, ServeOptions, Signals};

pub(super) async fn run(sources: &Sources) -> Result<(), Failure> {
    let (_, config) = settings(sources)?;
    let signals = Signals::listen()?;
    let gateway = Gateway::start(ServeOptions { config }).await?;
    gateway.run(signals.first(), signals.second()).await?;
    Ok(())
}
