//! App-state collections: fetching what changed, and handing in changes.

use wacore::download::MediaType;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::buffa::Message as _;
use waproto::whatsapp as wa;

use super::Who;
use super::iq::{Answer, BAD_REQUEST};
use crate::domain::{Collection, World};
use crate::sealed_blob::SealedBlob;
use crate::stanza::{Stanza as _, branch, leaf};

pub(super) fn sync(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let asked = iq.child("sync").ok_or(BAD_REQUEST)?;
    let mut collections = Vec::new();
    for asked in asked.kids() {
        collections.push(collection(world, who, asked).ok_or(BAD_REQUEST)?);
    }
    Ok(vec![branch("sync", collections)])
}

fn collection(world: &mut World, who: &Who, asked: &Node) -> Option<Node> {
    let name = asked.text("name")?;
    let version: u64 = asked.text("version").map_or(Some(0), |version| version.parse().ok())?;
    let patch = asked.child("patch").map(|_| asked.child_bytes("patch").to_vec());
    let Some(patch) = patch else { return Some(fetched(world, who, asked, &name, version)) };
    let patch = wa::SyncdPatch::decode_from_slice(&patch).ok()?;
    match world.push_patch(&who.number, who.device, &name, version, patch) {
        Ok(()) => Some(head(&name, version + 1).build()),
        Err(_) => Some(conflict(world, who, &name, version)),
    }
}

/// A device that has nothing yet, or is too far behind, is given the whole; others what they have missed.
fn fetched(world: &mut World, who: &Who, asked: &Node, name: &str, version: u64) -> Node {
    let Some(found) = found(world, who, name) else { return head(name, version).build() };
    let wants_all = asked.is("return_snapshot", "true") && version == 0;
    match found.since(version).filter(|_| !wants_all || found.version() == 0) {
        Some(patches) => head(name, found.version()).children(patch_list(patches)).build(),
        None => head(name, found.version()).children([snapshot(world, &found)]).build(),
    }
}

/// What the device missed comes along, so that it can make its change anew.
fn conflict(world: &World, who: &Who, name: &str, version: u64) -> Node {
    let found = found(world, who, name).unwrap_or_default();
    let error = NodeBuilder::new("error").attr("code", 409).attr("text", "conflict").build();
    let mut kids = vec![error];
    kids.extend(patch_list(found.since(version).unwrap_or_default()));
    head(name, found.version()).attr("type", "error").children(kids).build()
}

fn found(world: &World, who: &Who, name: &str) -> Option<Collection> {
    world.accounts.get(&who.number)?.collections.get(name).cloned()
}

fn head(name: &str, version: u64) -> NodeBuilder {
    NodeBuilder::new("collection").attr("name", name.to_owned()).attr("version", version)
}

fn patch_list(patches: Vec<Vec<u8>>) -> Vec<Node> {
    if patches.is_empty() {
        return Vec::new();
    }
    vec![branch("patches", patches.into_iter().map(|patch| leaf("patch", patch)))]
}

/// A snapshot lies on the media host, sealed, and the answer says where and how to open it.
fn snapshot(world: &World, collection: &Collection) -> Node {
    let plain = collection.snapshot().encode_to_vec();
    let reference = SealedBlob::put(&world.media, &plain, MediaType::AppState).external();
    leaf("snapshot", reference.encode_to_vec())
}
