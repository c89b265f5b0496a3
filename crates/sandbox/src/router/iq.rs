//! Requests and their answers.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::{
    Who, app_state, blocklist, business, groups, mex, newsletters, prekeys, profiles, session, settings, trust, usync,
};
use crate::domain::{ConnId, World};
use crate::stanza::{Stanza as _, server};

/// The children of a result, or why there is none.
pub(super) type Answer = Result<Vec<Node>, Refusal>;

#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) text: &'static str,
}

pub(super) const BAD_REQUEST: Refusal = Refusal { code: 400, text: "bad-request" };
pub(super) const NOT_FOUND: Refusal = Refusal { code: 404, text: "item-not-found" };
pub(super) const NOT_IMPLEMENTED: Refusal = Refusal { code: 501, text: "feature-not-implemented" };

pub(super) fn handle(world: &mut World, who: &Who, iq: &Node) {
    if is_response(iq) {
        return;
    }
    let answer = answer(world, who, iq);
    reply(world, who.conn, iq, answer);
    session::after(world, who, iq);
}

fn answer(world: &mut World, who: &Who, iq: &Node) -> Answer {
    let xmlns = iq.text("xmlns").unwrap_or_default();
    let first = iq.first().map(|node| node.tag.to_string()).unwrap_or_default();
    let kind = iq.text("type").unwrap_or_default();
    match (xmlns.as_str(), first.as_str(), kind.as_str()) {
        ("w:p" | "urn:xmpp:ping", _, _) => Ok(vec![]),
        ("passive", "active" | "passive", _) => Ok(vec![]),
        ("encrypt", "count", _) => prekeys::count(world, who),
        ("encrypt", "digest", _) => prekeys::digest(world, who),
        ("encrypt", "key", _) => prekeys::fetch(world, iq),
        ("encrypt", "rotate", _) => prekeys::rotate(world, who, iq),
        ("encrypt", _, "set") => prekeys::upload(world, who, iq),
        ("usync", _, _) => usync::query(world, iq),
        ("w:sync:app:state", _, _) => app_state::sync(world, who, iq),
        ("privacy", _, "get") => Ok(profiles::privacy(world, who)),
        ("privacy", "privacy", "set") => profiles::set_privacy(world, who, iq),
        ("privacy", "tokens", "set") => trust::issue(world, who, iq),
        ("blocklist", _, "get") => Ok(blocklist::list(world, who)),
        ("blocklist", "item", "set") => blocklist::change(world, who, iq),
        ("abt" | "w", "props", "get") => Ok(settings::props(&xmlns)),
        ("w:profile:picture", _, "get") => profiles::picture(world, iq),
        ("w:profile:picture", _, "set") => profiles::set_picture(world, who, iq),
        ("w:g2", _, _) => groups::handle(world, who, iq),
        ("w:mex", "query", _) => mex::handle(world, who, iq),
        ("newsletter", _, _) => newsletters::handle(world, who, iq),
        ("w:biz", "business_profile", "get") => Ok(business::profiles(world, iq)),
        ("status", _, "set") => profiles::set_status(world, who, iq),
        ("status", _, _) => Ok(settings::status()),
        ("w:m", "media_conn", _) => Ok(settings::media_conn()),
        ("w:stats", _, _) | ("urn:xmpp:whatsapp:dirty", "clean", _) => Ok(vec![]),
        ("md", "remove-companion-device", "set") => session::may_unlink(who, iq),
        _ => {
            world.count_unhandled(format!("<iq xmlns={xmlns} type={kind}><{first}>"));
            Err(NOT_IMPLEMENTED)
        }
    }
}

pub(super) fn is_response(iq: &Node) -> bool {
    iq.is("type", "result") || iq.is("type", "error")
}

pub(super) fn reply(world: &mut World, conn: ConnId, iq: &Node, answer: Answer) {
    let node = NodeBuilder::new("iq")
        .attr("from", iq.jid("to").unwrap_or_else(server))
        .attr("id", iq.text("id").unwrap_or_default());
    let node = match answer {
        Ok(kids) if kids.is_empty() => node.attr("type", "result"),
        Ok(kids) => node.attr("type", "result").children(kids),
        Err(refusal) => {
            let error = NodeBuilder::new("error").attr("code", refusal.code).attr("text", refusal.text).build();
            node.attr("type", "error").children([error])
        }
    };
    world.send(conn, node.build());
}
