//! Receipts: delivered, read, played, and "send it again".

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::{Who, group_receipts, newsletters, prekeys};
use crate::domain::{DeviceAddr, PHONE, World, is_group, is_newsletter, is_status};
use crate::phone::{Arrival, ReceiptIn, ReceiptKind, RetryIn};
use crate::stanza::Stanza as _;

pub(super) fn handle(world: &mut World, who: &Who, receipt: &Node) {
    let (Some(id), Some(to)) = (receipt.text("id"), receipt.jid("to")) else { return };
    acknowledge(world, who, receipt, &id, &to);
    settle(world, who, receipt);
    if is_group(&to) || is_status(&to) {
        return group_receipts::handle(world, who, receipt, &to);
    }
    if is_newsletter(&to) && receipt.is("type", "view") {
        return newsletters::viewed(world, who, receipt, &to);
    }
    // "It rings here": nobody shows that.
    if receipt.child("offer").is_some() {
        return;
    }
    let Some(number) = world.number_of(&to) else { return };
    match receipt.text("type").as_deref() {
        Some("retry") => retry(world, who, receipt, &to, &number),
        Some("read-self" | "played-self") => for_own_devices(world, who, receipt, &to),
        Some("peer_msg" | "hist_sync") => to_phone(world, who, receipt, &number),
        _ => to_everybody(world, who, receipt, &to, &number),
    }
}

fn acknowledge(world: &mut World, who: &Who, receipt: &Node, id: &str, to: &Jid) {
    let mut ack =
        NodeBuilder::new("ack").attr("class", "receipt").attr("id", id).attr("from", to).attr("t", world.now_secs());
    for key in ["type", "participant"] {
        if let Some(value) = receipt.text(key) {
            ack = ack.attr(key, value);
        }
    }
    world.send(who.conn, ack.build());
}

/// Some clients acknowledge the messages that they send a receipt for, some send the receipt alone.
fn settle(world: &mut World, who: &Who, receipt: &Node) {
    let Some(device) = world.device(&who.number, who.device) else { return };
    let settled = ids(receipt).iter().filter(|id| device.queue.received(id)).count();
    if settled > 0 {
        world.pump(who.conn, &who.number, who.device);
    }
}

/// Only the device that sent the message can send it again.
fn retry(world: &mut World, who: &Who, receipt: &Node, to: &Jid, number: &str) {
    if to.device != PHONE {
        let forwarded = forwarded(world, who, receipt, to);
        return world.deliver_to_companion(number, to.device, forwarded);
    }
    retry_for_phone(world, who, receipt, number);
}

pub(super) fn retry_for_phone(world: &mut World, who: &Who, receipt: &Node, number: &str) {
    let details = receipt.child("retry");
    let id = details.and_then(|retry| retry.text("id")).or_else(|| receipt.text("id")).unwrap_or_default();
    let count = details.and_then(|retry| retry.text("count")).and_then(|count| count.parse().ok()).unwrap_or(1);
    let arrival = RetryIn { from: sender(who), id, count, keys: prekeys::carried(receipt) };
    world.arrive(number, Arrival::Retry(arrival));
}

fn to_everybody(world: &mut World, who: &Who, receipt: &Node, to: &Jid, number: &str) {
    let Some(account) = world.accounts.get(number) else { return };
    let devices: Vec<u16> =
        account.devices.keys().copied().filter(|id| to.device == PHONE || *id == to.device).collect();
    let forwarded = forwarded(world, who, receipt, to);
    for device in devices {
        if (number, device) != (who.number.as_str(), who.device) {
            world.deliver_to_companion(number, device, forwarded.clone());
        }
    }
    to_phone(world, who, receipt, number);
}

/// What one device of an account has read the others need not announce.
fn for_own_devices(world: &mut World, who: &Who, receipt: &Node, chat: &Jid) {
    let Some(account) = world.accounts.get(&who.number) else { return };
    let devices: Vec<u16> = account.devices.keys().copied().filter(|id| *id != who.device).collect();
    let mut forwarded = forwarded(world, who, receipt, chat);
    forwarded.attrs.insert("recipient", chat);
    for device in devices {
        world.deliver_to_companion(&who.number, device, forwarded.clone());
    }
    let number = who.number.clone();
    to_phone(world, who, receipt, &number);
}

fn to_phone(world: &mut World, who: &Who, receipt: &Node, number: &str) {
    let Some(kind) = ReceiptKind::parse(receipt.text("type").as_deref()) else { return };
    let chat = if number == who.number { receipt.jid("recipient").or_else(|| receipt.jid("to")) } else { None };
    let chat = chat.and_then(|jid| world.number_of(&jid)).unwrap_or_else(|| who.number.clone());
    let arrival = ReceiptIn { chat: Jid::pn(chat).to_string(), from: sender(who), ids: ids(receipt), kind };
    world.arrive(number, Arrival::Receipt(arrival));
}

fn forwarded(world: &World, who: &Who, receipt: &Node, to: &Jid) -> Node {
    let mut node = receipt.clone();
    node.attrs.0.retain(|(key, _)| key != "to");
    if let Some(sender) = world.accounts.get(&who.number) {
        let from = if to.is_lid() { sender.device_lid(who.device) } else { sender.device_jid(who.device) };
        node.attrs.insert("from", from);
    }
    node.attrs.insert("t", world.now_secs());
    node
}

pub(super) fn sender(who: &Who) -> DeviceAddr {
    DeviceAddr::pn(who.number.clone(), who.device)
}

/// One receipt may stand for many messages.
pub(super) fn ids(receipt: &Node) -> Vec<String> {
    let more = receipt.child("list").map(crate::stanza::Stanza::kids).unwrap_or_default();
    receipt.text("id").into_iter().chain(more.iter().filter_map(|item| item.text("id"))).collect()
}
