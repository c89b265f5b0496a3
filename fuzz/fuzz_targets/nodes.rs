//! What a client sends over the wire of the simulated network: decoding it ends in a node or an error, and a node is
//! encoded as something that decodes to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchboard_sandbox::wire::{Dictionary, Intro};
use wacore_binary::{Node, NodeContent, NodeValue};

fuzz_target!(|data: &[u8]| {
    introduces(data);
    for dictionary in [Dictionary::V2, Dictionary::V3] {
        if let Ok(node) = dictionary.decode(data) {
            comes_back(dictionary, &node);
        }
    }
});

fn introduces(data: &[u8]) {
    if let Ok(Some(intro)) = Intro::parse(data) {
        assert_eq!(Intro::parse(&data[..intro.len]), Ok(Some(intro)));
    }
}

fn comes_back(dictionary: Dictionary, node: &Node) {
    let back = dictionary.encode(node).and_then(|frame| dictionary.decode(&frame));
    // The engine's encoder takes whatever has an `@` for an address, and has forms that only servers write.
    if dictionary == Dictionary::V3 && has_addresses(node) {
        return;
    }
    let back = back.expect("what was decoded is encoded and decodes");
    assert!(same(node, &back), "{node:?} comes back as {back:?}");
}

fn has_addresses(node: &Node) -> bool {
    let of_value = |value: &NodeValue| match value {
        NodeValue::Jid(_) => true,
        NodeValue::String(text) => text.contains('@'),
    };
    node.tag.contains('@')
        || node.attrs.iter().any(|(name, value)| name.contains('@') || of_value(value))
        || matches!(&node.content, Some(NodeContent::String(text)) if text.contains('@'))
        || children(node).iter().any(has_addresses)
}

/// Text and bytes are alike on the wire, and so are no content and no children.
fn same(one: &Node, other: &Node) -> bool {
    one.tag == other.tag
        && one.attrs == other.attrs
        && bytes(one) == bytes(other)
        && children(one).len() == children(other).len()
        && children(one).iter().zip(children(other)).all(|(one, other)| same(one, other))
}

fn bytes(node: &Node) -> &[u8] {
    match &node.content {
        Some(NodeContent::Bytes(bytes)) => bytes,
        Some(NodeContent::String(text)) => text.as_bytes(),
        _ => &[],
    }
}

fn children(node: &Node) -> &[Node] {
    match &node.content {
        Some(NodeContent::Nodes(nodes)) => nodes,
        _ => &[],
    }
}
