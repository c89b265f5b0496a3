//! What changes the state of a companion's session: active, keys uploaded, gone.

use wacore_binary::Node;

use super::Who;
use super::iq::{Answer, Refusal};
use crate::domain::World;
use crate::stanza::Stanza as _;

/// What follows from a request once it is answered.
pub(super) fn after(world: &mut World, who: &Who, iq: &Node) {
    let xmlns = iq.text("xmlns").unwrap_or_default();
    match (xmlns.as_str(), iq.first().map(|node| &*node.tag)) {
        ("passive", Some("active")) => world.activate(who.conn, &who.number, who.device),
        ("encrypt", _) if iq.is("type", "set") => world.bootstrap(&who.number, who.device),
        ("md", Some("remove-companion-device")) => {
            if let Some(device) = leaving(who, iq) {
                world.unlink(&who.number, device, "logged out");
            }
        }
        _ => {}
    }
}

/// A companion may only remove companions of its own account.
pub(super) fn may_unlink(who: &Who, iq: &Node) -> Answer {
    leaving(who, iq).map(|_| vec![]).ok_or(Refusal { code: 403, text: "forbidden" })
}

fn leaving(who: &Who, iq: &Node) -> Option<u16> {
    let jid = iq.child("remove-companion-device")?.jid("jid")?;
    if jid.user == who.number.as_str() { Some(jid.device) } else { None }
}

/// `<ib>`: information that wants no answer.
pub(super) fn information(world: &mut World, who: &Who, stanza: &Node) {
    let Some(kind) = stanza.first() else { return };
    match &*kind.tag {
        "offline_batch" => {
            let more = kind.text("count").and_then(|count| count.parse().ok()).unwrap_or(0);
            world.widen(&who.number, who.device, more);
            world.pump(who.conn, &who.number, who.device);
        }
        "unified_session" => {}
        tag => world.count_unhandled(format!("<ib><{tag}>")),
    }
}
