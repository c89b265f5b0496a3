//! Who is on the network, with which devices and names.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::business;
use super::iq::{Answer, BAD_REQUEST};
use crate::domain::{Account, PHONE, World};
use crate::stanza::{Stanza as _, branch};

pub(super) fn query(world: &mut World, iq: &Node) -> Answer {
    let asked = iq.child("usync").ok_or(BAD_REQUEST)?;
    let protocols: Vec<String> =
        asked.child("query").ok_or(BAD_REQUEST)?.kids().iter().map(|node| node.tag.to_string()).collect();
    let users = asked.child("list").map(crate::stanza::Stanza::kids).unwrap_or_default();
    let found: Vec<Node> = users.iter().map(|user| answer(world, user, &protocols)).collect();
    let states = protocols.iter().map(|protocol| NodeBuilder::new_dynamic(protocol.clone()).build());
    let mut node = NodeBuilder::new("usync").attr("last", "true").attr("index", "0");
    for key in ["sid", "mode", "context"] {
        if let Some(value) = asked.text(key) {
            node = node.attr(key, value);
        }
    }
    Ok(vec![node.children([branch("result", states), branch("list", found)]).build()])
}

fn answer(world: &World, user: &Node, protocols: &[String]) -> Node {
    let typed = String::from_utf8_lossy(user.child_bytes("contact")).trim_start_matches('+').to_owned();
    let jid = user.jid("jid").unwrap_or_else(|| Jid::pn(typed.as_str())).to_non_ad();
    let account = world.number_of(&jid).and_then(|number| world.accounts.get(&number));
    let now = world.now_secs();
    let kids: Vec<Node> = protocols.iter().filter_map(|protocol| part(protocol, account, user, now)).collect();
    NodeBuilder::new("user").attr("jid", jid).children(kids).build()
}

fn part(protocol: &str, account: Option<&Account>, user: &Node, now: u64) -> Option<Node> {
    if protocol == "contact" {
        let kind = if account.is_some() { "in" } else { "out" };
        let contact = NodeBuilder::new("contact").attr("type", kind);
        return Some(contact.bytes(user.child_bytes("contact")).build());
    }
    let account = account?;
    match protocol {
        "devices" => Some(devices(account, now)),
        "lid" => Some(NodeBuilder::new("lid").attr("val", account.lid_jid()).build()),
        "status" => Some(about(account)),
        "disappearing_mode" => Some(NodeBuilder::new("disappearing_mode").attr("duration", 0).attr("t", now).build()),
        "business" => account.business.then(|| business::verified(account)),
        _ => None,
    }
}

fn about(account: &Account) -> Node {
    let about = NodeBuilder::new("status").attr("t", account.profile.about_at);
    about.bytes(account.profile.about.clone().unwrap_or_default()).build()
}

/// The signed list is what makes clients believe the companions; the phone has no index of its own.
fn devices(account: &Account, now: u64) -> Node {
    let entries = account.device_ids().into_iter().map(|id| {
        let device = NodeBuilder::new("device").attr("id", id);
        if id == PHONE { device.build() } else { device.attr("key-index", id).build() }
    });
    let list = NodeBuilder::new("key-index-list").attr("ts", now).bytes(account.key_index_list(now)).build();
    branch("devices", [branch("device-list", entries), list])
}
