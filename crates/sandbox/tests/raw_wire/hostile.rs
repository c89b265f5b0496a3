//! Malformed input ends its own connection and nobody else's.

use proptest::prelude::*;
use switchboard_sandbox::wire::{Dictionary, Intro};

use super::client::{Companion, Line, attr};
use super::control::Control;

const ADA: u64 = 491_700_000_001;

/// Sends bytes to a network that also has a well-behaved client, and gives the reason the line was closed for.
async fn bystander_unharmed(attack: impl AsyncFnOnce(&Control)) -> Vec<String> {
    let control = Control::start().await;
    let mut ada = Companion::new();
    ada.link(&control, ADA).await;
    let mut bystander = Line::log_in(&control.ws, &mut ada).await;
    attack(&control).await;
    let answer = bystander.ask("w:p", "get", vec![]).await;
    assert_eq!(attr(&answer, "type"), "result");
    let state = control.get("/state").await;
    let reasons = state["connections"].as_array().unwrap().iter();
    reasons.filter_map(|connection| Some(connection["close_reason"].as_str()?.to_owned())).collect()
}

async fn stranger(bytes: Vec<u8>, expected: &str) {
    let reasons = bystander_unharmed(async |control| {
        let mut line = Line::open(&control.ws).await;
        line.raw(bytes).await;
        assert!(line.rest().await.is_empty());
    });
    let reasons = reasons.await;
    assert!(reasons.iter().any(|reason| reason.contains(expected)), "{expected}: {reasons:?}");
}

#[tokio::test]
async fn strangers_are_sent_away() {
    stranger(b"GET / HTTP/1.1".to_vec(), "connection header").await;
    stranger(b"WA\x06\x09".to_vec(), "dictionary version 9").await;
    stranger(b"WA\x06\x03\x00\x00\x03abc".to_vec(), "handshake message").await;
    stranger(b"WA\x06\x03\x00\x00\x00".to_vec(), "lacks client_hello").await;
    stranger([b"WA\x06\x03\xff\xff\xff".to_vec(), vec![0; 70_000]].concat(), "too much").await;
}

#[tokio::test]
async fn a_handshake_with_a_weak_key_fails() {
    // ClientHello with an all-zero ephemeral key: field 2 of the message, field 1 of the hello.
    let hello = [vec![0x12, 0x22, 0x0a, 0x20], vec![0; 32]].concat();
    let framed = [b"WA\x06\x03\x00\x00\x24".to_vec(), hello].concat();
    let reasons = bystander_unharmed(async |control| {
        let mut line = Line::open(&control.ws).await;
        line.raw(framed).await;
    });
    reasons.await;
}

async fn member(attack: impl AsyncFnOnce(&mut Line), expected: &str) {
    let reasons = bystander_unharmed(async |control| {
        let mut eve = Companion::new();
        eve.link(control, 491_700_000_666).await;
        let mut line = Line::log_in(&control.ws, &mut eve).await;
        attack(&mut line).await;
        line.rest().await;
    });
    let reasons = reasons.await;
    assert!(reasons.iter().any(|reason| reason.contains(expected)), "{expected}: {reasons:?}");
}

#[tokio::test]
async fn members_that_talk_nonsense_are_sent_away() {
    member(async |line| line.raw(b"\x00\x00\x20not encrypted at all, but 32 byt".to_vec()).await, "does not decrypt")
        .await;
    member(async |line| line.send_plain(b"").await, "does not decode").await;
    member(async |line| line.send_plain(&[0, 248, 255, 1, 2, 3]).await, "does not decode").await;
    member(async |line| line.send_plain(&[2, 0x78, 0x9c, 1, 2, 3]).await, "does not decode").await;
    let deep: Vec<u8> =
        std::iter::once(0).chain(std::iter::repeat_n([248, 2, 252, 1, b'x', 248, 1], 5_000).flatten()).collect();
    member(async |line| line.send_plain(&deep).await, "does not decode").await;
}

#[tokio::test]
async fn a_client_that_stops_reading_holds_up_nobody() {
    let control = Control::start().await;
    let (mut deaf, mut ada) = (Companion::new(), Companion::new());
    deaf.link(&control, 491_700_000_666).await;
    ada.link(&control, ADA).await;
    let _unread = Line::log_in(&control.ws, &mut deaf).await;
    let mut line = Line::log_in(&control.ws, &mut ada).await;
    // Far more than the buffers of a socket hold.
    for sent in 0..200 {
        line.send_message(&format!("M{sent}"), &deaf.jid(), &[0; 60_000]).await;
        line.until(|node| node.tag == "ack").await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_decode_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for dictionary in [Dictionary::V2, Dictionary::V3] {
            let _ = dictionary.decode(&bytes);
        }
        let _ = Intro::parse(&bytes);
    }

    /// Bytes that begin like nodes go further into the decoders than noise does.
    #[test]
    fn almost_nodes_decode_or_fail(
        tokens in proptest::collection::vec(prop_oneof![Just(248_u8), Just(249), Just(252), Just(253), Just(254), Just(255), Just(251), Just(247), Just(250), any::<u8>()], 0..200),
    ) {
        let bytes: Vec<u8> = std::iter::once(0).chain(tokens).collect();
        for dictionary in [Dictionary::V2, Dictionary::V3] {
            let _ = dictionary.decode(&bytes);
        }
    }

    #[test]
    fn what_one_end_encodes_the_other_decodes(key in "[a-z]{1,12}", value in "[ -?A-~]{0,300}", bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut node = wacore_binary::builder::NodeBuilder::new("message").bytes(bytes).build();
        node.attrs.push(key.clone(), value.clone());
        for dictionary in [Dictionary::V2, Dictionary::V3] {
            let decoded = dictionary.decode(&dictionary.encode(&node).unwrap()).unwrap();
            prop_assert_eq!(attr(&decoded, &key), value.clone());
            prop_assert_eq!(super::client::bytes(&decoded), super::client::bytes(&node));
        }
    }
}
