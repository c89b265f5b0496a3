//! Answers that are the same for everybody.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use crate::stanza::empty;

/// Feature switches: none is set, so clients use their defaults.
pub(super) fn props(xmlns: &str) -> Vec<Node> {
    let props = NodeBuilder::new("props").attr("hash", "sim");
    let props = if xmlns == "abt" {
        props.attr("protocol", "1").attr("ab_key", "sim").attr("refresh", 86_400)
    } else {
        props.attr("protocol", "2")
    };
    vec![props.build()]
}

pub(super) fn status() -> Vec<Node> {
    vec![empty("status")]
}

pub(super) fn media_conn() -> Vec<Node> {
    let host = NodeBuilder::new("host").attr("hostname", "127.0.0.1:7443").build();
    let media = NodeBuilder::new("media_conn")
        .attr("auth", "sim")
        .attr("ttl", 3_600)
        .attr("auth_ttl", 21_600)
        .attr("max_buckets", 12);
    vec![media.children([host]).build()]
}
