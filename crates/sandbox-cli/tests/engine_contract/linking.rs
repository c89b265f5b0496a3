//! Linking, coming back, and leaving.

use switchboard_core::engine::{EngineError, Fact, Pairing};
use switchboard_engine::EngineOptions;
use switchboard_store::auth_state;

use crate::{
    bench::{ANNA, BEN, Bench, engine, options_for_tests},
    running::eventually,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_client_is_gone_and_comes_back_with_what_it_missed() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    anna.link.close().await;
    assert!(anna.link.pulse().ended);
    eventually("a closed connection", async || (bench.devices(ANNA).await[0]["connected"] == false).then_some(()))
        .await;
    let error = anna.link.check_numbers(&[]).await.unwrap_err();
    assert!(matches!(error, EngineError::NotConnected(_)), "{error}");

    bench.phone_sends(BEN, ANNA, "while you were away").await;
    let anna = bench.again("s").await;
    anna.message("while you were away").await;
    assert_eq!(bench.devices(ANNA).await.len(), 1, "no second linking");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tainted_build_does_not_dial_the_real_network() {
    let bench = Bench::start().await;
    let real = engine(&bench.store, EngineOptions { network_url: None, ..options_for_tests() });
    let session = bench.open_with(&real, "s", Pairing::Qr).await.unwrap();
    let reason = session
        .fact("a refusal", |fact| match fact {
            Fact::Offline { reason } => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert!(reason.contains("127.0.0.1"), "{reason}");
    assert!(session.link.pulse().ended, "nothing dials again by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_state_is_named_and_touches_no_other_session() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    anna.link.close().await;
    let other = bench.open("other", Pairing::Qr).await;
    other.qr().await;
    bench
        .store
        .write(|tx| Box::pin(async move { auth_state::put(tx, &"s".parse().unwrap(), "device", "-", b"{}").await }))
        .await
        .unwrap();
    let Err(error) = bench.try_open("s", Pairing::Qr).await else { panic!("damaged state was accepted") };
    assert!(matches!(error, EngineError::Corrupt(_)), "{error}");
    assert!(!other.link.pulse().ended);
}
