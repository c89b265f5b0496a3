//! Nothing is acknowledged before it is committed, nothing is touched behind the fence, nothing is lost in between.

use std::time::Duration;

use serde_json::json;
use switchboard_core::engine::{EngineError, Fact, ReceiptKind, probe::Handed};
use switchboard_model::{Content, Poll};
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
async fn a_receipt_is_acknowledged_after_its_commit() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    let hello = anna.says(&bench, BEN, "hello").await;
    anna.receipt(ReceiptKind::Delivered, &hello.id).await;
    bench.all_acknowledged(ANNA).await;
    anna.hold_commits();
    bench.post(&format!("/phones/{BEN}/read"), json!({ "chat": ANNA })).await;
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

/// The answer goes out under a ratchet that the question has turned. Once it is out, a crash must not forget that turn.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_right_behind_an_answer_breaks_no_conversation() {
    let bench = Bench::start().await;
    let mut anna = bench.linked("s").await;
    for turn in 0..5 {
        bench.phone_sends(BEN, ANNA, &format!("question {turn}")).await;
        anna.message(&format!("question {turn}")).await;
        let answer = anna.says(&bench, BEN, &format!("answer {turn}")).await;
        kill(&anna).await;
        bench.phone_shows(BEN, "the answer", |message| message["id"] == answer.id.0).await;
        bench.phone_sends(BEN, ANNA, &format!("thanks {turn}")).await;
        anna = bench.again("s").await;
        anna.message(&format!("thanks {turn}")).await;
        bench.all_acknowledged(ANNA).await;
    }
    for account in bench.get("/state").await["accounts"].as_array().unwrap() {
        assert_eq!((&account["undecryptable"], &account["reused_keys"]), (&0.into(), &0.into()), "{account}");
    }
}

/// A vote is sealed with the poll's secret, which the engine stores a moment after the poll went out.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_right_behind_a_poll_costs_no_vote() {
    let bench = Bench::start().await;
    let anna = bench.linked("s").await;
    let options = vec!["soup".to_owned(), "salad".to_owned()];
    let poll = Content::Poll(Poll { question: "Lunch?".to_owned(), options, selectable: 1 });
    let poll = anna.sends(&bench, BEN, &poll).await;
    kill(&anna).await;
    bench.phone_shows(BEN, "the poll", |message| message["id"] == poll.id.0).await;
    let vote = json!({ "to": ANNA, "type": "poll_vote", "target": poll.id.0, "options": ["salad"] });
    bench.post(&format!("/phones/{BEN}/messages"), vote).await;
    let anna = bench.again("s").await;
    let hashes = anna
        .wait("the vote", |handed| match handed {
            Handed::Messages(batch) => batch.iter().find_map(|message| match &message.content {
                Content::PollVote(vote) => Some(vote.hashes.clone()),
                _ => None,
            }),
            Handed::Fact(_) => None,
        })
        .await;
    assert_eq!(hashes.len(), 1);
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
    auth_state::list(bench.store.reader(), &"s".parse().unwrap(), "session", "").await.unwrap()
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
