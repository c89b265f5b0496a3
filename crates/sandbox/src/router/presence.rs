//! Typing reaches whoever is there; nobody waits for it.

use wacore_binary::Node;

use super::Who;
use crate::domain::World;
use crate::stanza::Stanza as _;

pub(super) fn handle(world: &mut World, who: &Who, stanza: &Node) {
    if stanza.tag != "chatstate" {
        return;
    }
    let Some(to) = stanza.jid("to") else { return };
    let Some(number) = world.number_of(&to) else { return };
    let Some(sender) = world.accounts.get(&who.number) else { return };
    let from = if to.is_lid() { sender.lid_jid() } else { sender.jid() };
    let mut forwarded = stanza.clone();
    forwarded.attrs.0.retain(|(key, _)| key != "to");
    forwarded.attrs.insert("from", from);
    let lines: Vec<_> =
        world.accounts.get(&number).into_iter().flat_map(|a| a.devices.values()).filter_map(|d| d.line).collect();
    for line in lines {
        world.send(line, forwarded.clone());
    }
}
