//! Acknowledged stanzas are not owed any more.

use wacore_binary::Node;

use super::Who;
use crate::domain::World;

pub(super) fn handle(world: &mut World, who: &Who, ack: &Node) {
    let Some(device) = world.device(&who.number, who.device) else { return };
    device.queue.acknowledge(ack);
    world.pump(who.conn, &who.number, who.device);
}
