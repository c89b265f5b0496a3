//! Tokens by which one account tells the network that it trusts another: the other gets one and shows it when writing.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Who;
use super::iq::Answer;
use crate::domain::World;
use crate::random;
use crate::stanza::{Stanza as _, branch};

/// Gives a token to each account that is trusted; nobody on this network is asked to show one.
pub(super) fn issue(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let tokens: &[Node] = iq.child("tokens").map(crate::stanza::Stanza::kids).unwrap_or_default();
    let trusted: Vec<Jid> = tokens.iter().filter_map(|token| token.jid("jid")).collect();
    for jid in trusted {
        tell(world, who, &jid);
    }
    Ok(vec![])
}

fn tell(world: &mut World, who: &Who, trusted: &Jid) {
    let Some(number) = world.number_of(trusted).filter(|number| *number != who.number) else { return };
    let Some(account) = world.accounts.get(&number) else { return };
    let devices: Vec<u16> = account.devices.keys().copied().collect();
    let Some(notification) = notification(world, who, trusted) else { return };
    for device in devices {
        world.deliver_to_companion(&number, device, notification.clone());
    }
}

fn notification(world: &World, who: &Who, trusted: &Jid) -> Option<Node> {
    let truster = world.accounts.get(&who.number)?;
    let from = if trusted.is_lid() { truster.lid_jid() } else { truster.jid() };
    let token = NodeBuilder::new("token")
        .attr("jid", trusted)
        .attr("t", world.now_secs())
        .attr("type", "trusted_contact")
        .bytes(random::bytes::<32>())
        .build();
    let node = NodeBuilder::new("notification")
        .attr("from", from)
        .attr("id", world.fresh_id())
        .attr("t", world.now_secs())
        .attr("type", "privacy_token")
        .children([branch("tokens", [token])]);
    Some(node.build())
}
