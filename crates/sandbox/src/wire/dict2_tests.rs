use proptest::prelude::*;
use wacore_binary::{Jid, Server};

use super::*;

fn text() -> impl Strategy<Value = String> {
    "[a-z0-9@.:é-]{1,12}"
}

fn leaf() -> impl Strategy<Value = Option<NodeContent>> {
    prop_oneof![Just(None), proptest::collection::vec(any::<u8>(), 0..300).prop_map(|b| Some(NodeContent::Bytes(b))),]
}

fn attrs() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::vec((text(), text()), 0..5)
}

fn node() -> impl Strategy<Value = Node> {
    let flat = (text(), attrs(), leaf()).prop_map(built);
    flat.prop_recursive(4, 24, 6, move |inner| {
        let children = proptest::collection::vec(inner, 1..6).prop_map(|nodes| Some(NodeContent::Nodes(nodes)));
        (text(), attrs(), children).prop_map(built)
    })
}

fn built((tag, attrs, content): (String, Vec<(String, String)>, Option<NodeContent>)) -> Node {
    let mut node = NodeBuilder::new_dynamic(tag).build();
    for (key, value) in attrs {
        node.attrs.push(key, value);
    }
    node.content = content;
    node
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_encoded_decodes_to_the_same(node in node()) {
        prop_assert_eq!(decode(&encode(&node)[1..]), Ok(node));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = decode(&bytes);
    }

    /// Half-right input gets further into the decoder than noise does.
    #[test]
    fn a_damaged_node_never_panics(node in node(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode(&node);
        let at = 1 + at.index(bytes.len() - 1);
        bytes[at] = byte;
        let _ = decode(&bytes[1..]);
        let _ = decode(&bytes[1..at]);
    }
}

/// The sizes at which lengths and lists change their form.
#[test]
fn every_form_of_length_comes_back() {
    for size in [0, 1, 255, 256, 0xf_ffff, 0x10_0000] {
        let node = NodeBuilder::new("a").bytes(vec![7; size]).build();
        assert_eq!(decode(&encode(&node)[1..]), Ok(node));
    }
    for size in [1, 255, 256, 3000] {
        let node = NodeBuilder::new("a").children((0..size).map(|_| NodeBuilder::new("b").build())).build();
        assert_eq!(decode(&encode(&node)[1..]), Ok(node));
    }
}

#[test]
fn an_announced_length_is_not_believed() {
    let huge = [LIST_8, 2, BINARY_8, 1, b'a', BINARY_32, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(decode(&huge), Err(Dict2Error::Truncated));
    let many = [LIST_8, 2, BINARY_8, 1, b'a', LIST_16, 0xff, 0xff];
    assert_eq!(decode(&many), Err(Dict2Error::Truncated));
}

#[test]
fn nesting_has_a_limit() {
    let level = [LIST_8, 2, BINARY_8, 1, b'a', LIST_8, 1];
    assert_eq!(decode(&level.repeat(10_000)), Err(Dict2Error::TooDeep));
}

/// What Baileys 6 itself writes for a ping: tokens, a packed id and a JID without a user.
#[test]
fn tokens_packed_digits_and_jids_are_read() {
    let id = [NIBBLE_8, 0x82, 0x12, 0x3f];
    let jid = [AD_JID, 0, 7, NIBBLE_8, 2, 0x15, 0x55];
    let bytes = [&[LIST_8, 7, 1][..], &[4], &[3], &[BINARY_8, 2, b'i', b'd'], &id, &[BINARY_8, 1, b'j'], &jid].concat();
    let node = decode(&bytes).unwrap();
    assert_eq!(node.tag, "xmlstreamstart");
    let attr = |key| node.attrs.get(key).unwrap().as_str().into_owned();
    assert_eq!(
        (attr("type"), attr("id"), attr("j")),
        ("s.whatsapp.net".into(), "123".into(), "1555:7@s.whatsapp.net".into())
    );
}

#[test]
fn the_table_is_complete() {
    assert_eq!(TOKENS.lines().count(), SINGLE + 4 * 256);
}

#[test]
fn jids_are_spelled_as_the_client_compares_them() {
    let node =
        NodeBuilder::new("iq").attr("from", Jid::new("", Server::Pn)).attr("to", Jid::pn_device("1555", 3)).build();
    let read = decode(&encode(&node)[1..]).unwrap();
    assert_eq!(read.attrs.get("from").unwrap().as_str(), "@s.whatsapp.net");
    assert_eq!(read.attrs.get("to").unwrap().as_str(), "1555:3@s.whatsapp.net");
}
