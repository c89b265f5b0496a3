//! The list of those whom an account has blocked.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::Who;
use super::iq::{Answer, BAD_REQUEST, NOT_FOUND};
use crate::domain::World;
use crate::stanza::Stanza as _;

pub(super) fn list(world: &World, who: &Who) -> Vec<Node> {
    let blocked = world.accounts.get(&who.number).map(|account| &account.blocked);
    let items = blocked.into_iter().flatten().filter_map(|number| {
        let account = world.accounts.get(number)?;
        Some(NodeBuilder::new("item").attr("jid", account.lid_jid()).build())
    });
    let items: Vec<Node> = items.collect();
    vec![NodeBuilder::new("list").attr("dhash", items.len()).children(items).build()]
}

/// One item is blocked or unblocked; the answer is the new list.
pub(super) fn change(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let item = iq.child("item").ok_or(BAD_REQUEST)?;
    let named = [item.jid("jid"), item.jid("pn_jid")].into_iter().flatten();
    let number = named.filter_map(|jid| world.number_of(&jid)).next().ok_or(NOT_FOUND)?;
    world.set_blocked(&who.number, &number, item.is("action", "block"));
    Ok(list(world, who))
}
