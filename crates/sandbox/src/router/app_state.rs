//! App-state collections: every one is empty and stays at the version the client names.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::iq::{Answer, BAD_REQUEST};
use crate::stanza::{Stanza as _, branch};

pub(super) fn sync(iq: &Node) -> Answer {
    let asked = iq.child("sync").ok_or(BAD_REQUEST)?;
    let collections = asked.kids().iter().map(|collection| {
        NodeBuilder::new("collection")
            .attr("name", collection.text("name").unwrap_or_default())
            .attr("version", collection.text("version").unwrap_or_else(|| "0".into()))
            .build()
    });
    Ok(vec![branch("sync", collections.collect::<Vec<_>>())])
}
