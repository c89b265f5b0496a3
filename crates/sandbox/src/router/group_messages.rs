//! Messages to groups: one part sealed for everybody, and keys for the devices that lack them.

use std::collections::{BTreeMap, BTreeSet};

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::messages::{Letter, Part, ack, parts};
use crate::domain::{DeviceAddr, GroupError, Namespace, PHONE, World};
use crate::faults::FaultKind;
use crate::phone::{Arrival, EncKind, Incoming, Sealed};
use crate::stanza::Stanza as _;

/// What is sealed for one device alone, by number and device.
type Own<'a> = BTreeMap<(String, u16), &'a Node>;

pub(super) fn relay(world: &mut World, letter: &Letter<'_>) {
    if let Err(error) = allowed(world, letter) {
        let code = if error == GroupError::Unknown { 404 } else { 403 };
        let refusal = ack(world, letter).attr("error", code).build();
        return world.send(letter.who.conn, refusal);
    }
    let audience = audience(world, letter);
    fan_out(world, letter, audience);
}

/// A status has no members: its author names who gets it.
pub(super) fn relay_status(world: &mut World, letter: &Letter<'_>) {
    let audience = spectators(world, letter);
    fan_out(world, letter, audience);
}

fn fan_out(world: &mut World, letter: &Letter<'_>, audience: Vec<(String, u16)>) {
    acknowledge(world, letter);
    if let Some(device) = letter.stanza.jid("participant") {
        return resend(world, letter, &device);
    }
    let parts = parts(letter);
    let own: Own<'_> = parts.iter().filter_map(|part| own_part(world, part)).collect();
    let shared = letter.stanza.kids().iter().find(|node| node.tag == "enc");
    for (number, device) in audience {
        let first = own.get(&(number.clone(), device)).copied();
        deliver(world, letter, &number, device, first.into_iter().chain(shared));
    }
}

fn allowed(world: &World, letter: &Letter<'_>) -> Result<(), GroupError> {
    world.group(&letter.to)?.may_write(&letter.who.number)
}

fn acknowledge(world: &mut World, letter: &Letter<'_>) {
    if world.faults.take(FaultKind::LoseAck, &letter.who.number).is_some() {
        return;
    }
    let mut ack = ack(world, letter);
    if let Some(phash) = letter.stanza.text("phash") {
        ack = ack.attr("phash", phash);
    }
    world.send(letter.who.conn, ack.build());
}

/// Again, for the one device that could not open it.
fn resend(world: &mut World, letter: &Letter<'_>, device: &Jid) {
    let Some(number) = world.number_of(device) else { return };
    let enc = letter.stanza.kids().iter().filter(|node| node.tag == "enc");
    deliver(world, letter, &number, device.device, enc);
}

fn own_part<'a>(world: &World, part: &Part<'a>) -> Option<((String, u16), &'a Node)> {
    Some(((world.number_of(&part.device)?, part.device.device), part.enc))
}

/// Every device in the group but the one that writes.
fn audience(world: &World, letter: &Letter<'_>) -> Vec<(String, u16)> {
    let members = world.group(&letter.to).into_iter().flat_map(|group| group.members.keys());
    others(world, letter, members)
}

fn spectators(world: &World, letter: &Letter<'_>) -> Vec<(String, u16)> {
    let named = letter.stanza.child("participants").map(crate::stanza::Stanza::kids).unwrap_or_default();
    let named: BTreeSet<String> =
        named.iter().filter_map(|to| to.jid("jid")).filter_map(|jid| world.number_of(&jid)).collect();
    others(world, letter, named.iter())
}

/// All devices of these people but the one that writes.
fn others<'w>(world: &World, letter: &Letter<'_>, people: impl Iterator<Item = &'w String>) -> Vec<(String, u16)> {
    let devices = people
        .filter_map(|number| world.accounts.get(number))
        .flat_map(|account| account.device_ids().into_iter().map(|device| (account.number.clone(), device)));
    let writer = (letter.who.number.clone(), letter.who.device);
    devices.filter(|device| *device != writer).collect()
}

fn deliver<'a>(world: &mut World, letter: &Letter<'_>, number: &str, device: u16, enc: impl Iterator<Item = &'a Node>) {
    let enc: Vec<&Node> = enc.collect();
    if device != PHONE {
        if let Some(stanza) = stanza_for(world, letter, &enc) {
            world.deliver_to_companion(number, device, stanza);
        }
        return;
    }
    let sealed = enc
        .iter()
        .filter_map(|enc| Some(Sealed { kind: EncKind::parse(&enc.text("type")?)?, bytes: enc.bytes().to_vec() }));
    let incoming = Incoming {
        chat: letter.to.to_string(),
        from: DeviceAddr::pn(letter.who.number.clone(), letter.who.device),
        via: Namespace::Lid,
        id: letter.id.clone(),
        timestamp: world.now_secs(),
        peer: false,
        enc: sealed.collect(),
    };
    world.arrive(number, Arrival::Message(incoming));
}

fn stanza_for(world: &World, letter: &Letter<'_>, enc: &[&Node]) -> Option<Node> {
    let sender = world.accounts.get(&letter.who.number)?;
    let mut node = NodeBuilder::new("message")
        .attr("from", &letter.to)
        .attr("participant", sender.device_lid(letter.who.device))
        .attr("participant_pn", sender.jid())
        .attr("addressing_mode", "lid")
        .attr("id", letter.id.as_str())
        .attr("t", world.now_secs())
        .attr("type", letter.stanza.text("type").unwrap_or_else(|| "text".into()))
        .attr("notify", sender.name.as_str());
    if let Some(edit) = letter.stanza.text("edit") {
        node = node.attr("edit", edit);
    }
    let mut kids: Vec<Node> = enc.iter().map(|enc| (*enc).clone()).collect();
    if enc.iter().any(|enc| enc.is("type", "pkmsg")) {
        kids.extend(letter.stanza.child("device-identity").cloned());
    }
    Some(node.children(kids).build())
}
