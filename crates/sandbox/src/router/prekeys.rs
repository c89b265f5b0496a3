//! The keys a device leaves with the server, and those it asks for.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Who;
use super::iq::{Answer, BAD_REQUEST, NOT_FOUND};
use super::login::{key, number};
use crate::domain::{OneTimeKey, SignedPreKey, World, key_nodes};
use crate::stanza::{Stanza as _, branch, leaf};

pub(super) fn count(world: &mut World, who: &Who) -> Answer {
    let device = world.device(&who.number, who.device).ok_or(NOT_FOUND)?;
    Ok(vec![NodeBuilder::new("count").attr("value", device.keys.one_time.len()).build()])
}

/// Clients compare this with what they hold; 404 makes them upload everything again.
pub(super) fn digest(world: &mut World, who: &Who) -> Answer {
    let keys = &world.device(&who.number, who.device).ok_or(NOT_FOUND)?.keys;
    if keys.one_time.is_empty() {
        return Err(NOT_FOUND);
    }
    let id = |id: u32| leaf("id", &id.to_be_bytes()[1..]);
    let signed = &keys.signed;
    let signature = leaf("signature", signed.signature.clone());
    Ok(vec![branch(
        "digest",
        [
            leaf("registration", keys.registration.to_be_bytes()),
            leaf("type", [5]),
            leaf("identity", keys.identity),
            branch("skey", [id(signed.id), leaf("value", signed.value), signature]),
            branch("list", keys.one_time.iter().map(|key| id(key.id))),
            leaf("hash", keys.digest()),
        ],
    )])
}

pub(super) fn upload(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let registration = number(iq.child_bytes("registration"));
    let identity = key(iq.child_bytes("identity"));
    let signed = iq.child("skey").map(signed_key).transpose()?;
    let one_time: Option<Vec<OneTimeKey>> =
        iq.child("list").map(|list| list.kids().iter().map(one_time_key).collect()).unwrap_or(Some(vec![]));
    let one_time = one_time.ok_or(BAD_REQUEST)?;
    let keys = &mut world.device(&who.number, who.device).ok_or(NOT_FOUND)?.keys;
    keys.registration = registration.unwrap_or(keys.registration);
    keys.identity = identity.unwrap_or(keys.identity);
    keys.signed = signed.unwrap_or_else(|| keys.signed.clone());
    keys.add(one_time);
    Ok(vec![])
}

pub(super) fn rotate(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let rotated = iq.child("rotate").and_then(|rotate| rotate.child("skey")).ok_or(BAD_REQUEST)?;
    let signed = signed_key(rotated)?;
    world.device(&who.number, who.device).ok_or(NOT_FOUND)?.keys.signed = signed;
    Ok(vec![])
}

/// A user node for each device asked for; those that do not exist carry an error of their own.
pub(super) fn fetch(world: &mut World, iq: &Node) -> Answer {
    let asked = iq.child("key").cloned().ok_or(BAD_REQUEST)?;
    let users = asked.kids().iter().filter_map(|user| user.jid("jid")).map(|jid| bundle(world, jid));
    Ok(vec![branch("list", users.collect::<Vec<_>>())])
}

#[expect(clippy::needless_pass_by_value, reason = "it becomes part of the answer")]
fn bundle(world: &mut World, jid: Jid) -> Node {
    let user = NodeBuilder::new("user").attr("jid", &jid);
    let Some(number) = world.number_of(&jid) else { return user.children([error(406, "not-acceptable")]).build() };
    let Some((bundle, adv)) = world.take_bundle(&number, jid.device) else {
        return user.children([error(404, "item-not-found")]).build();
    };
    let mut kids = vec![leaf("registration", bundle.registration.to_be_bytes())];
    kids.extend(key_nodes(&bundle));
    kids.extend(adv.map(|adv| leaf("device-identity", adv)));
    user.children(kids).build()
}

fn error(code: u16, text: &'static str) -> Node {
    NodeBuilder::new("error").attr("code", code).attr("text", text).build()
}

fn signed_key(node: &Node) -> Result<SignedPreKey, super::iq::Refusal> {
    Ok(SignedPreKey {
        id: number(node.child_bytes("id")).ok_or(BAD_REQUEST)?,
        value: key(node.child_bytes("value")).ok_or(BAD_REQUEST)?,
        signature: node.child_bytes("signature").to_vec(),
    })
}

fn one_time_key(node: &Node) -> Option<OneTimeKey> {
    Some(OneTimeKey { id: number(node.child_bytes("id"))?, value: key(node.child_bytes("value"))? })
}

/// The `<keys>` that a retry receipt may carry.
pub(super) fn carried(receipt: &Node) -> Option<crate::domain::PreKeyBundle> {
    let keys = receipt.child("keys")?;
    Some(crate::domain::PreKeyBundle {
        registration: number(receipt.child_bytes("registration"))?,
        identity: key(keys.child_bytes("identity"))?,
        signed: signed_key(keys.child("skey")?).ok()?,
        one_time: keys.child("key").and_then(one_time_key),
    })
}
