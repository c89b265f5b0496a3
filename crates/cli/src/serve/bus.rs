//! The bus between gateways on one database, where there can be several.

use switchboard_core::Core;
use switchboard_delivery::Bus;
use tokio_util::sync::CancellationToken;

use super::{Fatal, Health, Workers, endless, sinks};
use crate::config::Config;

/// Starts it if there is one, and adds it to what `/health` tells. It ends after everything else that has to tell
/// something, when `parted` is cancelled.
pub(super) fn start(
    config: &Config,
    core: &Core,
    workers: &Workers,
    parted: &CancellationToken,
    health: Health,
) -> Result<Health, Fatal> {
    let Some(url) = config.network.bus.clone().filter(|_| core.is_among_others()) else { return Ok(health) };
    let bus = Bus::new(core, url)?;
    let state = bus.state();
    workers.spawn("the bus between the gateways", endless(bus.run(parted.clone())));
    Ok(health.with("bus", move || sinks::condition(state.clone())))
}
