//! `switchboard serve`: runs the gateway until it is told to stop.

use super::{Failure, settings};
use crate::config::Sources;
use crate::serve::{Gateway, Signals};

pub(super) async fn run(sources: &Sources) -> Result<(), Failure> {
    let (_, config) = settings(sources)?;
    let signals = Signals::listen()?;
    let gateway = tokio::select! {
        started = Gateway::start(config) => started?,
        // Nothing runs yet that would have to be ended in order.
        () = signals.first() => return Ok(()),
    };
    gateway.run(signals.first(), signals.second()).await?;
    Ok(())
}
