//! The stanzas of calls, as phones of today send them: by hidden id, with the number beside it.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::empty;
use crate::domain::{Account, Call};

/// `<call>` around an action, from the caller's account.
pub(crate) fn call(caller: &Account, id: String, now: u64, action: Node) -> Node {
    NodeBuilder::new("call")
        .attr("from", caller.lid_jid())
        .attr("id", id)
        .attr("t", now)
        .attr("notify", caller.name.as_str())
        .attr("platform", "android")
        .attr("version", "2.25.37.76")
        .children([action])
        .build()
}

/// What rings. The key for the voice is left out: companions on this network take no calls.
pub(crate) fn offer(caller: &Account, call: &Call, notice: bool) -> Node {
    if notice {
        let media = if call.video { "video" } else { "audio" };
        return action("offer_notice", caller, call).attr("media", media).attr("type", "group").build();
    }
    let mut offer = action("offer", caller, call).attr("caller_pn", caller.jid()).attr("device_class", "2016");
    if let Some(group) = &call.group {
        offer = offer.attr("group-jid", group.as_str()).attr("joinable", "1");
    }
    let mut kids = vec![audio("8000"), audio("16000")];
    if call.video {
        kids.push(NodeBuilder::new("video").attr("enc", "h.264").attr("dec", "h264").attr("orientation", "0").build());
    }
    kids.push(NodeBuilder::new("net").attr("medium", "3").build());
    kids.push(NodeBuilder::new("encopt").attr("keygen", "2").build());
    kids.push(empty("rte"));
    offer.children(kids).build()
}

/// What stops the ringing, and the call.
pub(crate) fn terminate(caller: &Account, call: &Call, reason: Option<&str>) -> Node {
    let node = action("terminate", caller, call);
    match reason {
        Some(reason) => node.attr("reason", reason).build(),
        None => node.build(),
    }
}

fn action(tag: &'static str, caller: &Account, call: &Call) -> NodeBuilder {
    NodeBuilder::new(tag).attr("call-id", call.call_id.as_str()).attr("call-creator", caller.device_lid(0))
}

fn audio(rate: &'static str) -> Node {
    NodeBuilder::new("audio").attr("enc", "opus").attr("rate", rate).build()
}
