//! What a companion says while it is being linked.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::iq::{Answer, BAD_REQUEST, NOT_IMPLEMENTED, Refusal, is_response, reply};
use crate::domain::{ConnId, LinkHello, Stage, World};
use crate::random;
use crate::stanza::{Stanza as _, leaf};

pub(super) fn handle(world: &mut World, conn: ConnId, iq: &Node) {
    if is_response(iq) {
        return response(world, conn, iq);
    }
    let answer = match (iq.text("xmlns").unwrap_or_default().as_str(), iq.first()) {
        ("w:p" | "urn:xmpp:ping", _) => Ok(vec![]),
        ("md", Some(step)) if step.tag == "link_code_companion_reg" => link_step(world, conn, step),
        (xmlns, first) => {
            let first = first.map(|node| node.tag.to_string()).unwrap_or_default();
            world.count_unhandled(format!("<iq xmlns={xmlns}><{first}> before login"));
            Err(NOT_IMPLEMENTED)
        }
    };
    reply(world, conn, iq, answer);
}

/// To `pair-device` the answer is empty; to `pair-success` it is the companion's signature or an error.
fn response(world: &mut World, conn: ConnId, iq: &Node) {
    if let Some(sign) = iq.child("pair-device-sign") {
        let adv = sign.child_bytes("device-identity").to_vec();
        return world.complete_pairing(conn, adv);
    }
    if let Some(error) = iq.child("error") {
        let text = error.text("text").unwrap_or_default();
        let code = error.text("code").unwrap_or_default();
        world.fail_pairing(conn, format!("the client refused to be linked: {code} {text}"));
    }
}

fn link_step(world: &mut World, conn: ConnId, step: &Node) -> Answer {
    match step.text("stage").unwrap_or_default().as_str() {
        "companion_hello" => hello(world, conn, step),
        "companion_finish" => finish(world, conn, step),
        _ => Err(BAD_REQUEST),
    }
}

/// The client shows a code to be typed into the phone with that number.
fn hello(world: &mut World, conn: ConnId, step: &Node) -> Answer {
    let number = step.jid("jid").ok_or(BAD_REQUEST)?.user.to_string();
    let reference = hex::encode(random::bytes::<16>()).into_bytes();
    let wrapped_ephemeral = step.child_bytes("link_code_pairing_wrapped_companion_ephemeral_pub").to_vec();
    let newcomer = world.newcomer(conn).ok_or(BAD_REQUEST)?;
    newcomer.stage =
        Stage::Waiting { link: Some(LinkHello { number, reference: reference.clone(), wrapped_ephemeral }) };
    let reference = leaf("link_code_pairing_ref", reference);
    Ok(vec![NodeBuilder::new("link_code_companion_reg").attr("stage", "companion_hello").children([reference]).build()])
}

fn finish(world: &mut World, conn: ConnId, step: &Node) -> Answer {
    let reference = step.child_bytes("link_code_pairing_ref");
    let bundle = step.child_bytes("link_code_pairing_wrapped_key_bundle");
    let identity = step.child_bytes("companion_identity_public");
    world.link_finish(conn, reference, bundle, identity).map_err(|reason| {
        world.fail_pairing(conn, reason);
        Refusal { code: 409, text: "conflict" }
    })?;
    Ok(vec![])
}
