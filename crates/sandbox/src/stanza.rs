//! Reading and building binary nodes with less ceremony.

pub(crate) mod calls;

use serde::{Deserialize, Deserializer, Serializer};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, NodeContent, Server};

/// Lookups that answer nothing rather than fail: what arrives is not ours to trust.
pub(crate) trait Stanza {
    fn text(&self, key: &str) -> Option<String>;
    fn jid(&self, key: &str) -> Option<Jid>;
    fn is(&self, key: &str, value: &str) -> bool;
    fn kids(&self) -> &[Node];
    fn first(&self) -> Option<&Node>;
    fn child(&self, tag: &str) -> Option<&Node>;
    fn bytes(&self) -> &[u8];
    fn child_bytes(&self, tag: &str) -> &[u8];
}

impl Stanza for Node {
    fn text(&self, key: &str) -> Option<String> {
        self.attrs.get(key).map(|value| value.as_str().into_owned())
    }

    fn jid(&self, key: &str) -> Option<Jid> {
        self.attrs.get(key).and_then(|value| value.to_jid())
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.attrs.get(key).is_some_and(|found| found == value)
    }

    fn kids(&self) -> &[Node] {
        self.children().unwrap_or_default()
    }

    fn first(&self) -> Option<&Node> {
        self.kids().first()
    }

    fn child(&self, tag: &str) -> Option<&Node> {
        self.kids().iter().find(|node| node.tag == tag)
    }

    fn bytes(&self) -> &[u8] {
        match &self.content {
            Some(NodeContent::Bytes(bytes)) => bytes,
            Some(NodeContent::String(text)) => text.as_bytes(),
            _ => &[],
        }
    }

    fn child_bytes(&self, tag: &str) -> &[u8] {
        self.child(tag).map(Stanza::bytes).unwrap_or_default()
    }
}

/// The server itself: a phone-number JID without a user.
pub(crate) fn server() -> Jid {
    Jid::new("", Server::Pn)
}

/// A node without attributes around some bytes.
pub(crate) fn leaf(tag: &'static str, bytes: impl Into<Vec<u8>>) -> Node {
    NodeBuilder::new(tag).bytes(bytes).build()
}

/// A node without attributes around others.
pub(crate) fn branch(tag: &'static str, kids: impl IntoIterator<Item = Node>) -> Node {
    NodeBuilder::new(tag).children(kids).build()
}

pub(crate) fn empty(tag: &'static str) -> Node {
    NodeBuilder::new(tag).build()
}

/// `<stream:error>` with a code, as the server sends it before it closes.
pub(crate) fn stream_error(code: u16) -> Node {
    NodeBuilder::new("stream:error").attr("code", code).build()
}

/// `<stream:error><conflict/></stream:error>`: `replaced` or `device_removed`.
pub(crate) fn conflict(kind: &'static str) -> Node {
    let conflict = NodeBuilder::new("conflict").attr("type", kind).build();
    let error = NodeBuilder::new("stream:error");
    let error = if kind == "device_removed" { error.attr("code", 401) } else { error };
    error.children([conflict]).build()
}

/// Nodes in saved state are kept in their wire form.
pub(crate) mod saved {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use wacore_binary::marshal::marshal;

    use super::{Deserialize, Deserializer, Node, Serializer};
    use crate::wire::Dictionary;

    pub(crate) fn serialize<S: Serializer>(node: &Node, to: S) -> Result<S::Ok, S::Error> {
        let wire = marshal(node).map_err(S::Error::custom)?;
        to.serialize_str(&STANDARD.encode(wire))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Node, D::Error> {
        let text = String::deserialize(from)?;
        let wire = STANDARD.decode(text).map_err(D::Error::custom)?;
        Dictionary::V3.decode(&wire).map_err(D::Error::custom)
    }
}
