//! What the server does with each stanza: one file for each family.
//!
//! [`admit`] decides who a new line is; [`route`] handles everything said on it afterwards.

mod acks;
mod app_state;
mod blocklist;
mod business;
mod calls;
mod communities;
mod community_queries;
mod group_messages;
mod group_receipts;
mod groups;
mod iq;
mod linking;
mod login;
mod messages;
mod mex;
mod newsletter_json;
mod newsletter_queries;
mod newsletters;
mod prekeys;
mod presence;
mod profiles;
mod receipts;
mod session;
mod settings;
mod trust;
mod usync;

use wacore_binary::Node;

use crate::domain::{ConnId, Peer, World};

pub(crate) use login::{Arrived, admit, end_by_fault};

/// The companion that speaks.
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) conn: ConnId,
    pub(crate) number: String,
    pub(crate) device: u16,
}

/// Handles one stanza from a line.
pub(crate) fn route(world: &mut World, conn: ConnId, stanza: &Node) {
    match world.lines.get(&conn) {
        Some(Peer::Device { number, device }) => {
            let who = Who { conn, number: number.clone(), device: *device };
            from_companion(world, &who, stanza);
        }
        Some(Peer::Newcomer(_)) => from_newcomer(world, conn, stanza),
        Some(Peer::Nobody) | None => {}
    }
}

fn from_companion(world: &mut World, who: &Who, stanza: &Node) {
    match &*stanza.tag {
        "iq" => iq::handle(world, who, stanza),
        "message" => messages::handle(world, who, stanza),
        "receipt" => receipts::handle(world, who, stanza),
        "ack" => acks::handle(world, who, stanza),
        "presence" | "chatstate" => presence::handle(world, who, stanza),
        "call" => calls::handle(world, who, stanza),
        "ib" => session::information(world, who, stanza),
        tag => world.count_unhandled(format!("<{tag}>")),
    }
}

/// Before it is linked a companion only pairs and pings.
fn from_newcomer(world: &mut World, conn: ConnId, stanza: &Node) {
    match &*stanza.tag {
        "iq" => linking::handle(world, conn, stanza),
        "ack" | "ib" | "presence" => {}
        tag => world.count_unhandled(format!("<{tag}> before login")),
    }
}
