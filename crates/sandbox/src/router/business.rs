//! Accounts of businesses: their verified names and profiles.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};
use waproto::buffa::Message as _;
use waproto::whatsapp::VerifiedNameCertificate;
use waproto::whatsapp::verified_name_certificate::Details;

use crate::domain::{Account, World};
use crate::stanza::{Stanza as _, branch, leaf};

/// `<business>` of a usync answer, for a business.
pub(super) fn verified(account: &Account) -> Node {
    let name = NodeBuilder::new("verified_name")
        .attr("v", "1")
        .attr("verified_level", "unknown")
        .bytes(certificate(&account.name))
        .build();
    branch("business", [name])
}

pub(super) fn profiles(world: &World, iq: &Node) -> Vec<Node> {
    let asked = iq.child("business_profile").map(crate::stanza::Stanza::kids).unwrap_or_default();
    let found = asked.iter().filter_map(|node| node.jid("jid")).filter_map(|jid| {
        let account = world.accounts.get(&world.number_of(&jid)?)?;
        account.business.then(|| profile(&jid, account))
    });
    vec![NodeBuilder::new("business_profile").attr("v", "244").children(found.collect::<Vec<_>>()).build()]
}

/// A business tells in its profile what others tell in their about text.
fn profile(jid: &Jid, account: &Account) -> Node {
    let about = account.profile.about.clone().unwrap_or_default();
    let category = NodeBuilder::new("category").attr("id", "1").string_content("Shop").build();
    let parts = [leaf("description", about), branch("categories", [category])];
    NodeBuilder::new("profile").attr("jid", jid).children(parts).build()
}

fn certificate(name: &str) -> Vec<u8> {
    let details = Details { verified_name: Some(name.to_owned()), serial: Some(1), ..Details::default() };
    VerifiedNameCertificate { details: Some(details.encode_to_vec()), ..VerifiedNameCertificate::default() }
        .encode_to_vec()
}
