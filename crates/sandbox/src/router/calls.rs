//! What companions say about calls that ring on them.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::Who;
use crate::domain::World;
use crate::stanza::Stanza as _;

/// Acknowledged whatever it says: a client that is answered too late has done nothing wrong.
pub(super) fn handle(world: &mut World, who: &Who, stanza: &Node) {
    let Some(action) = stanza.first() else { return };
    acknowledge(world, who, stanza, &action.tag);
    let Some(call_id) = action.text("call-id") else { return };
    let done = match &*action.tag {
        "reject" => world.reject_call(&who.number, &call_id, Some(who.device)),
        "accept" => world.accept_call(&who.number, &call_id, Some(who.device)),
        "terminate" => world.end_call(&who.number, &call_id, None),
        // The talk about media, which nobody here has.
        "preaccept" | "transport" | "relaylatency" | "mute_v2" | "heartbeat" => Ok(()),
        tag => return world.count_unhandled(format!("<call><{tag}>")),
    };
    if let Err(reason) = done {
        tracing::debug!(%reason, "a companion answered a call in vain");
    }
}

fn acknowledge(world: &mut World, who: &Who, stanza: &Node, kind: &str) {
    let (Some(id), Some(to)) = (stanza.text("id"), stanza.jid("to")) else { return };
    let ack = NodeBuilder::new("ack")
        .attr("class", "call")
        .attr("id", id)
        .attr("from", to)
        .attr("type", kind)
        .attr("t", world.now_secs());
    world.send(who.conn, ack.build());
}
