//! What else goes wrong on a network, and how much of it is told.

use std::time::Duration;

use serde_json::json;
use switchboard_core::engine::{EngineError, Fact, Pairing};
use switchboard_model::MediaKind;

use crate::{
    bench::{ANNA, BEN, Bench},
    running::{Running, eventually},
};

/// Somebody whom Anna's companion has never heard.
const CLEO: &str = "15550000003";

#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_told_apart_from_a_lost_connection() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.fault("429", ANNA).await;
    anna.fact("the limit", |fact| matches!(fact, Fact::Limited { .. }).then_some(())).await;
    anna.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_says_how_long_it_lasts() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.post("/faults", json!({ "kind": "banned", "number": ANNA, "milliseconds": 3_600_000 })).await;
    anna.ended().await;
    let anna = bench.open("s", Pairing::Qr).await;
    let lasts = anna
        .fact("the ban", |fact| match fact {
            Fact::Banned { lasts, .. } => Some(*lasts),
            _ => None,
        })
        .await
        .expect("a length");
    assert!((Duration::from_secs(3_500)..=Duration::from_secs(3_600)).contains(&lasts), "{lasts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_to_send_comes_with_its_code() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.fault("463", ANNA).await;
    let refused = anna.says(&bench, BEN, "hello stranger").await;
    assert_eq!(anna.acked(&refused.id).await.as_deref(), Some("463"));
    let sent = anna.says(&bench, BEN, "hello again").await;
    assert_eq!(anna.acked(&sent.id).await, None);
    let shown = bench.phone_shows(BEN, "the second", |message| message["text"] == "hello again").await;
    assert_eq!(shown["copies"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pairing_that_the_phone_does_not_stand_by_fails_with_a_reason() {
    let bench = Bench::start().await;
    bench.fault("refuse_pairing", ANNA).await;
    let anna = bench.open("s", Pairing::Qr).await;
    bench.scan_in_vain(ANNA, &anna.qr().await).await;
    let reason = anna
        .fact("the failure", |fact| match fact {
            Fact::PairingFailed { reason } => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert!(!reason.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_asked_for_in_words() {
    let bench = Bench::start().await;
    bench.fault("passkey", ANNA).await;
    let anna = bench.open("s", Pairing::Qr).await;
    bench.scan_in_vain(ANNA, &anna.qr().await).await;
    let hint = anna
        .fact("the passkey", |fact| match fact {
            Fact::PasskeyAsked { hint } => Some(hint.clone()),
            _ => None,
        })
        .await;
    assert!(hint.contains("passkey"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_the_network_forgot_are_uploaded_anew() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.fault("expired_prekeys", ANNA).await;
    eventually("new keys", async || (bench.devices(ANNA).await[0]["prekeys"].as_u64()? > 0).then_some(())).await;
    bench.phone_sends(CLEO, ANNA, "we have never spoken").await;
    anna.message("we have never spoken").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_out_of_order_all_come_in() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.phone_sends(BEN, ANNA, "zero").await;
    anna.message("zero").await;
    bench.fault("out_of_order", ANNA).await;
    for text in ["one", "two"] {
        bench.phone_sends(BEN, ANNA, text).await;
    }
    for text in ["one", "two"] {
        anna.message(text).await;
        assert_eq!(anna.count(text), 1);
    }
    bench.all_acknowledged(ANNA).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_media_host_is_waited_for_and_a_file_that_is_gone_is_refused() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.post("/faults", json!({ "kind": "slow_media", "milliseconds": 300 })).await;
    let media = uploaded(&anna, b"some words").await;
    bench.post("/faults", json!({ "kind": "slow_media", "milliseconds": 300 })).await;
    let fetched = anna.link.download(MediaKind::Document, &media, tempfile::tempfile().unwrap()).await.unwrap();
    assert_eq!(std::io::read_to_string(fetched).unwrap(), "some words");
    bench.post("/faults", json!({ "kind": "media_gone", "count": 20 })).await;
    let gone = anna.link.download(MediaKind::Document, &media, tempfile::tempfile().unwrap()).await.unwrap_err();
    assert!(matches!(gone, EngineError::Refused(_)), "{gone}");
}

async fn uploaded(running: &Running, bytes: &[u8]) -> switchboard_model::Media {
    use std::io::Write as _;
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let stored = running.link.upload(MediaKind::Document, file).await.unwrap();
    switchboard_model::Media {
        mimetype: "text/plain".to_owned(),
        size: stored.size,
        sha256: stored.sha256,
        remote: Some(stored.remote),
        ..switchboard_model::Media::default()
    }
}
