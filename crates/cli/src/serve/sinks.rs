//! The servers that get every event: each has a follower of its own, and tells `/health` how it is.

use switchboard_core::Core;
use switchboard_delivery::sinks::{Amqp, Follower, Nats, Redis, Sink, SinkSettings, SinkState, Supabase};
use switchboard_egress::{Egress, EgressPolicy, parse_networks};
use tokio::sync::watch;

use super::{Condition, Fatal, Health, Workers, compose, endless};
use crate::config::Config;

/// Starts those that are configured, and adds them to what `/health` tells.
pub(super) fn start(config: &Config, core: &Core, workers: &Workers, health: Health) -> Result<Health, Fatal> {
    let (sinks, mut health) = (config.sinks.clone(), health);
    if let Some(redis) = sinks.redis {
        health = follow("redis", Redis::new(redis.url, redis.stream, redis.keeps), core, workers, health)?;
    }
    if let Some(supabase) = sinks.supabase {
        let sink = Supabase::new(way_out()?, &supabase.url, supabase.key);
        health = follow("supabase", sink, core, workers, health)?;
    }
    if let Some(nats) = sinks.nats {
        health = follow("nats", Nats::new(nats.url, nats.stream), core, workers, health)?;
    }
    if let Some(amqp) = sinks.amqp {
        health = follow("amqp", Amqp::new(amqp.url, amqp.exchange, amqp.queue), core, workers, health)?;
    }
    Ok(health)
}

fn follow(
    name: &'static str,
    sink: impl Sink + 'static,
    core: &Core,
    workers: &Workers,
    health: Health,
) -> Result<Health, Fatal> {
    let follower = Follower::new(core, name, sink, compose::encoders(), SinkSettings::default())?;
    let state = follower.state();
    workers.spawn(format!("the {name} sink"), endless(follower.run(workers.stop().soft)));
    Ok(health.with(name, move || condition(state.clone())))
}

/// The address is the operator's own, so private ones are meant; metadata addresses are refused all the same.
pub(super) fn way_out() -> Result<Egress, Fatal> {
    let everywhere = parse_networks("0.0.0.0/0, ::/0").map_err(|e| Fatal::Other(e.to_string()))?;
    let egress = Egress::new(EgressPolicy::allowing(everywhere));
    egress.map_err(|e| Fatal::Other(format!("outgoing connections cannot be prepared: {e}")))
}

pub(super) async fn condition(state: watch::Receiver<SinkState>) -> Condition {
    match &*state.borrow() {
        SinkState::Well => Condition::Ok,
        SinkState::Starting => Condition::Degraded("not reached yet".to_owned()),
        SinkState::Failing(why) => Condition::Degraded(why.clone()),
    }
}
