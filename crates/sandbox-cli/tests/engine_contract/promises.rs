//! Nothing is acknowledged before it is committed, nothing is touched behind the fence, nothing is lost in between.

use std::time::Duration;

use switchboard_core::engine::{EngineError, Fact, Fence, Pairing, ReceiptKind, probe::Handed};
use switchboard_model::SessionId;
use switchboard_store::auth_state;

use crate::{
    bench::{ANNA, BEN, Bench, own},
    running::{Running, eventually},
};

/// Long enough for an acknowledgement that is wrongly sent to reach a network in this process.
const A_WHILE: Duration = Duration::from_millis(300);

async fn stays_queued(bench: &Bench) {
    let watch = async {
        while bench.queued(ANNA).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(A_WHILE, watch).await.is_err(), "it was acknowledged before it was committed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_acknowledged_after_its_commit() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.all_acknowledged(ANNA).await;
    anna.hold_commits();
    bench.phone_sends(BEN, ANNA, "not yet").await;
    anna.message("not yet").await;
    stays_queued(&bench).await;
    anna.release_commits();
    bench.all_acknowledged(ANNA).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_acknowledged_after_its_commit() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    let hello = anna.says(&bench, BEN, "hello").await;
    anna.receipt(ReceiptKind::Delivered, &hello.id).await;
    bench.all_acknowledged(ANNA).await;
    anna.hold_commits();
    bench.post(&format!("/phones/{BEN}/read"), serde_json::json!({ "chat": ANNA })).await;
    anna.receipt(ReceiptKind::Read, &hello.id).await;
    stays_queued(&bench).await;
    anna.release_commits();
    bench.all_acknowledged(ANNA).await;
}

/// As a killed process leaves it: nothing more is stored, written or told.
async fn kill(session: &Running) {
    session.link.abort();
    session.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_not_committed_comes_again_after_a_crash() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    anna.hold_commits();
    bench.phone_sends(BEN, ANNA, "in the middle").await;
    anna.message("in the middle").await;
    kill(&anna).await;
    let anna = bench.again("s").await;
    anna.message("in the middle").await;
    bench.all_acknowledged(ANNA).await;
}

/// The state in which a process can die: the ratchet is stored, and neither the log nor the buffer has the message.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_only_its_sender_still_has_is_asked_for_again() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    anna.forget_messages();
    bench.spoil("duplicate", ANNA).await;
    let id = bench.phone_sends(BEN, ANNA, "lost copy").await;
    anna.fact("the loss", |fact| match fact {
        Fact::Undecryptable { id: lost, .. } if lost.0 == id => Some(()),
        _ => None,
    })
    .await;
    eventually("the sender's answer", async || (anna.count("lost copy") == 2).then_some(())).await;
    bench.all_acknowledged(ANNA).await;
}

async fn sessions(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    auth_state::list(bench.store.reader(), &"s".parse().unwrap(), "session", "", None, 100).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_the_fence_nothing_is_sent_taken_in_or_stored() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.all_acknowledged(ANNA).await;
    anna.fence.cut();
    let before = sessions(&bench).await;
    let message = switchboard_core::engine::Transmit {
        id: switchboard_core::engine::Engine::message_id(&bench.engine),
        chat: BEN.parse().unwrap(),
        finished: crate::running::finished(&bench, &crate::running::said("late")).await.unwrap(),
    };
    assert!(matches!(anna.link.transmit(&message).await, Err(EngineError::Fenced(_))));
    bench.phone_sends(BEN, ANNA, "for the next owner").await;
    stays_queued(&bench).await;
    assert_eq!(anna.count("for the next owner"), 0);
    assert_eq!(sessions(&bench).await, before);

    kill(&anna).await;
    let anna = bench.again("s").await;
    anna.message("for the next owner").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_epoch_stores_nothing_and_closes_the_fence() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    bench.all_acknowledged(ANNA).await;
    own(&bench.store, &"s".parse().unwrap()).await;
    bench.phone_sends(BEN, ANNA, "for the new owner").await;
    eventually("a closed fence", async || anna.fence.check().err()).await;
    stays_queued(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fence_that_is_closed_already_opens_nothing() {
    let bench = Bench::start().await;
    let session: SessionId = "s".parse().unwrap();
    let epoch = own(&bench.store, &session).await;
    let fence = Fence::open_for(Duration::ZERO);
    let (inlet, mut probe) = switchboard_core::engine::probe::Probe::new();
    let order = switchboard_core::engine::Open { session, epoch, fence, pairing: Pairing::Qr };
    let opened = switchboard_core::engine::Engine::open(&bench.engine, order, inlet).await;
    assert!(matches!(opened, Err(EngineError::Fenced(_))));
    assert!(probe.next().await.is_none_or(|handed| matches!(handed, Handed::Fact(_))));
}
