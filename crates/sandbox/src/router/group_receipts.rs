//! Receipts in groups go to whom the message is from, and name who gives them.

use wacore_binary::{Jid, Node};

use super::Who;
use super::receipts::{ids, retry_for_phone, sender};
use crate::domain::{PHONE, World};
use crate::phone::{Arrival, ReceiptIn, ReceiptKind};
use crate::stanza::Stanza as _;

pub(super) fn handle(world: &mut World, who: &Who, receipt: &Node, group: &Jid) {
    let kind = receipt.text("type");
    let own = matches!(kind.as_deref(), Some("read-self" | "played-self"));
    let author = if own { Some(Jid::pn(who.number.as_str())) } else { receipt.jid("participant") };
    let Some(author) = author else { return };
    let Some(number) = world.number_of(&author) else { return };
    let forwarded = forwarded(world, who, receipt, group);
    if kind.as_deref() == Some("retry") {
        if author.device == PHONE {
            return retry_for_phone(world, who, receipt, &number);
        }
        return world.deliver_to_companion(&number, author.device, forwarded);
    }
    let devices = world.accounts.get(&number).map(crate::domain::Account::device_ids).unwrap_or_default();
    for device in devices.into_iter().filter(|device| *device != PHONE) {
        if (number.as_str(), device) != (who.number.as_str(), who.device) {
            world.deliver_to_companion(&number, device, forwarded.clone());
        }
    }
    let Some(kind) = ReceiptKind::parse(kind.as_deref()) else { return };
    let arrival = ReceiptIn { chat: group.to_string(), from: sender(who), ids: ids(receipt), kind };
    world.arrive(&number, Arrival::Receipt(arrival));
}

fn forwarded(world: &World, who: &Who, receipt: &Node, group: &Jid) -> Node {
    let mut node = receipt.clone();
    node.attrs.0.retain(|(key, _)| key != "to" && key != "participant");
    node.attrs.insert("from", group);
    if let Some(sender) = world.accounts.get(&who.number) {
        node.attrs.insert("participant", sender.device_lid(who.device));
    }
    node.attrs.insert("t", world.now_secs());
    node
}
