//! Messages between people: acknowledged to the sender, fanned out to the devices they are sealed for.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::{Who, group_messages, newsletters};
use crate::domain::{DeviceAddr, Namespace, PHONE, World, is_group, is_newsletter, is_status};
use crate::faults::FaultKind;
use crate::phone::{Arrival, EncKind, Incoming, Sealed};
use crate::stanza::Stanza as _;

/// One message, as its sender put it.
pub(super) struct Letter<'a> {
    pub(super) who: &'a Who,
    pub(super) stanza: &'a Node,
    pub(super) id: String,
    pub(super) to: Jid,
}

/// The part of it that one device can open.
pub(super) struct Part<'a> {
    pub(super) device: Jid,
    pub(super) enc: &'a Node,
}

pub(super) fn handle(world: &mut World, who: &Who, stanza: &Node) {
    let (Some(id), Some(to)) = (stanza.text("id"), stanza.jid("to")) else { return };
    let letter = Letter { who, stanza, id, to };
    if is_refused_by_fault(world, &letter) {
        let refusal = ack(world, &letter).attr("error", 463).build();
        return world.send(who.conn, refusal);
    }
    if is_group(&letter.to) {
        return group_messages::relay(world, &letter);
    }
    if is_status(&letter.to) {
        return group_messages::relay_status(world, &letter);
    }
    if is_newsletter(&letter.to) {
        return newsletters::relay(world, &letter);
    }
    match world.number_of(&letter.to) {
        Some(peer) if letter.to.is_pn() || letter.to.is_lid() => relay(world, &letter, &peer),
        _ => refuse(world, &letter),
    }
}

/// What a companion says to its own phone is no writing to anybody.
fn is_refused_by_fault(world: &mut World, letter: &Letter<'_>) -> bool {
    let own = letter.stanza.is("category", "peer") || world.number_of(&letter.to).as_ref() == Some(&letter.who.number);
    !own && world.faults.take(FaultKind::RefuseSend, &letter.who.number).is_some()
}

fn relay(world: &mut World, letter: &Letter<'_>, peer: &str) {
    let parts = parts(letter);
    acknowledge(world, letter, peer, &parts);
    if peer != letter.who.number {
        world.acquaint(&letter.who.number, peer);
    }
    let unheard = world.has_blocked(peer, &letter.who.number);
    for part in &parts {
        if !(unheard && world.number_of(&part.device).as_deref() == Some(peer)) {
            deliver(world, letter, part);
        }
    }
}

/// `participants` holds a part for each device; a bare `enc` is for the addressee itself.
pub(super) fn parts<'a>(letter: &Letter<'a>) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    for node in letter.stanza.kids() {
        match &*node.tag {
            "participants" => parts.extend(
                node.kids().iter().filter_map(|to| Some(Part { device: to.jid("jid")?, enc: to.child("enc")? })),
            ),
            "enc" => parts.push(Part { device: letter.to.clone(), enc: node }),
            _ => {}
        }
    }
    parts
}

fn acknowledge(world: &mut World, letter: &Letter<'_>, peer: &str, parts: &[Part<'_>]) {
    if world.faults.take(FaultKind::LoseAck, &letter.who.number).is_some() {
        return;
    }
    let mut ack = ack(world, letter);
    if let Some(phash) = letter.stanza.text("phash") {
        ack = ack.attr("phash", current_hash(world, letter, peer, parts).unwrap_or(phash));
    }
    world.send(letter.who.conn, ack.build());
}

pub(super) fn ack(world: &World, letter: &Letter<'_>) -> NodeBuilder {
    NodeBuilder::new("ack")
        .attr("class", "message")
        .attr("id", letter.id.as_str())
        .attr("from", &letter.to)
        .attr("t", world.now_secs())
}

/// Another hash than the sender's tells it that its device list is out of date.
fn current_hash(world: &World, letter: &Letter<'_>, peer: &str, parts: &[Part<'_>]) -> Option<String> {
    let covered: BTreeSet<(String, u16)> =
        parts.iter().filter_map(|part| Some((world.number_of(&part.device)?, part.device.device))).collect();
    let own = (letter.who.number.clone(), letter.who.device);
    let due: BTreeSet<(String, u16)> = [peer, letter.who.number.as_str()]
        .into_iter()
        .filter_map(|number| world.accounts.get(number))
        .flat_map(|account| account.device_ids().into_iter().map(|id| (account.number.clone(), id)))
        .filter(|device| *device != own)
        .collect();
    if due.is_subset(&covered) {
        return None;
    }
    let listed: Vec<String> = due.iter().map(|(number, device)| format!("{number}.0:{device}")).collect();
    let hash = Sha256::digest(listed.concat());
    use base64::Engine as _;
    Some(format!("2:{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(&hash[..6])))
}

fn deliver(world: &mut World, letter: &Letter<'_>, part: &Part<'_>) {
    let Some(number) = world.number_of(&part.device) else { return };
    if part.device.device == PHONE {
        if let Some(incoming) = incoming(world, letter, part) {
            world.arrive(&number, Arrival::Message(incoming));
        }
    } else if let Some(stanza) = stanza_for(world, letter, part, &number) {
        world.deliver_to_companion(&number, part.device.device, stanza);
    }
}

fn incoming(world: &World, letter: &Letter<'_>, part: &Part<'_>) -> Option<Incoming> {
    let kind = EncKind::parse(&part.enc.text("type")?)?;
    // To the sender's own phone the chat is whom the message goes to.
    let own = world.number_of(&part.device)? == letter.who.number;
    let chat = if own { world.number_of(&letter.to)? } else { letter.who.number.clone() };
    Some(Incoming {
        chat: Jid::pn(chat).to_string(),
        from: DeviceAddr::pn(letter.who.number.clone(), letter.who.device),
        via: if part.device.is_lid() { Namespace::Lid } else { Namespace::Pn },
        id: letter.id.clone(),
        timestamp: world.now_secs(),
        peer: letter.stanza.is("category", "peer"),
        enc: vec![Sealed { kind, bytes: part.enc.bytes().to_vec() }],
    })
}

/// A device is addressed by the sender in the same namespace the sender used for it.
fn stanza_for(world: &World, letter: &Letter<'_>, part: &Part<'_>, number: &str) -> Option<Node> {
    let sender = world.accounts.get(&letter.who.number)?;
    let by_lid = part.device.server == Server::Lid;
    let from = if by_lid { sender.device_lid(letter.who.device) } else { sender.device_jid(letter.who.device) };
    let mut node = NodeBuilder::new("message")
        .attr("from", from)
        .attr("id", letter.id.as_str())
        .attr("t", world.now_secs())
        .attr("type", letter.stanza.text("type").unwrap_or_else(|| "text".into()))
        .attr("notify", sender.name.as_str());
    node = if by_lid {
        node.attr("addressing_mode", "lid").attr("sender_pn", sender.jid())
    } else {
        node.attr("sender_lid", sender.lid_jid())
    };
    // Only the sender's own devices are told the chat; to others it is the sender.
    if number == letter.who.number {
        node = node.attr("recipient", &letter.to);
    }
    for key in ["category", "edit"] {
        if let Some(value) = letter.stanza.text(key) {
            node = node.attr(key, value);
        }
    }
    let mut kids = vec![part.enc.clone()];
    if part.enc.is("type", "pkmsg") {
        kids.extend(letter.stanza.child("device-identity").cloned());
    }
    Some(node.children(kids).build())
}

/// The addressee is not on the network.
fn refuse(world: &mut World, letter: &Letter<'_>) {
    if !(letter.to.is_pn() || letter.to.is_lid()) {
        world.count_unhandled(format!("<message to=@{}>", letter.to.server));
    }
    let ack = ack(world, letter).attr("error", 404).build();
    world.send(letter.who.conn, ack);
}
