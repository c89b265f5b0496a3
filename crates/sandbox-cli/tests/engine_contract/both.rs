//! What `core` relies on, promised by the real engine and by the fake that its own tests stand on.

use std::time::Duration;

use switchboard_core::engine::{EngineError, Fact, Pairing, ReceiptKind};
use switchboard_model::MessageId;

use crate::{
    bench::{ANNA, BEN},
    running::{Running, eventually},
    side::{Ending, Stage},
};

macro_rules! promises {
    ($($promise:ident),* $(,)?) => {
        mod real {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise(&crate::side::Stage::real().await).await;
            })*
        }

        mod fake {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise(&crate::side::Stage::fake().await).await;
            })*
        }
    };
}

promises!(
    links_by_qr_and_knows_both_of_its_names,
    links_by_code,
    a_closed_client_is_gone_and_comes_back_with_what_it_missed,
    an_end_is_told_and_nothing_dials_again,
    unlinking_removes_the_device,
    a_message_goes_out_and_its_fate_comes_back,
    sent_again_it_is_the_same_message,
    a_message_comes_in_with_its_author_and_can_be_marked_read,
    a_message_is_acknowledged_after_its_commit,
    a_message_that_was_not_committed_comes_again_after_a_crash,
    behind_the_fence_nothing_is_sent_or_taken_in,
    a_fence_that_is_closed_already_opens_nothing,
    knows_who_is_on_the_network,
    no_two_messages_have_one_id,
);

async fn links_by_qr_and_knows_both_of_its_names(stage: &Stage) {
    let anna = stage.linked().await;
    let paired = |fact: &Fact| match fact {
        Fact::Paired { phone, lid, .. } => Some((phone.clone(), lid.clone())),
        _ => None,
    };
    let (phone, lid) = anna.fact("the linking", paired).await;
    assert_eq!(phone.unwrap().digits(), ANNA);
    assert!(lid.is_some());
}

async fn links_by_code(stage: &Stage) {
    let anna = stage.open(Pairing::Code { phone: ANNA.parse().unwrap() }).await.unwrap();
    let shown = |fact: &Fact| match fact {
        Fact::PairingCode { code, .. } => Some(code.clone()),
        Fact::QrCode { .. } => panic!("a QR code is not wanted"),
        _ => None,
    };
    stage.side.type_in(&anna.fact("a code", shown).await).await;
    anna.caught_up().await;
}

async fn a_closed_client_is_gone_and_comes_back_with_what_it_missed(stage: &Stage) {
    let anna = stage.linked().await;
    anna.link.close().await;
    assert!(anna.link.pulse().ended);
    let error = anna.link.check_numbers(&[]).await.unwrap_err();
    assert!(matches!(error, EngineError::NotConnected(_)), "{error}");
    stage.side.ben_writes("while you were away").await;
    let again = stage.again().await;
    again.message("while you were away").await;
    assert_eq!(anna.count("while you were away"), 0, "the closed one still listens");
}

async fn an_end_is_told_and_nothing_dials_again(stage: &Stage) {
    type Told = fn(&Fact) -> bool;
    let endings: [(Ending, Told); 4] = [
        (Ending::Cut, |fact| matches!(fact, Fact::Offline { .. })),
        (Ending::Unavailable, |fact| matches!(fact, Fact::Offline { .. })),
        (Ending::Replaced, |fact| matches!(fact, Fact::Replaced)),
        (Ending::Removed, |fact| matches!(fact, Fact::LoggedOut { .. })),
    ];
    stage.linked().await.link.close().await;
    for (ending, told) in endings {
        let anna = stage.again().await;
        let dials = stage.side.dials().await;
        stage.side.end(ending).await;
        anna.fact("the end", |fact| told(fact).then_some(())).await;
        anna.ended().await;
        assert_eq!(stage.side.dials().await, dials, "it dialled again");
    }
}

async fn unlinking_removes_the_device(stage: &Stage) {
    let anna = stage.linked().await;
    assert!(stage.side.is_linked().await);
    anna.link.unlink().await.unwrap();
    assert!(anna.link.pulse().ended);
    assert!(!stage.side.is_linked().await);
}

async fn a_message_goes_out_and_its_fate_comes_back(stage: &Stage) {
    let anna = stage.linked().await;
    let hello = stage.says(&anna, "hello ben").await;
    assert_eq!(anna.acked(&hello.id).await, None);
    eventually("the message at Ben's", async || (stage.side.shown_to_ben(&hello.id).await == 1).then_some(())).await;
    anna.receipt(ReceiptKind::Delivered, &hello.id).await;
    stage.side.ben_reads(&hello).await;
    let read = anna.receipt(ReceiptKind::Read, &hello.id).await;
    assert_eq!(read.chat.jid.phone().unwrap().digits(), BEN);
}

async fn sent_again_it_is_the_same_message(stage: &Stage) {
    let anna = stage.linked().await;
    let hello = stage.says(&anna, "once").await;
    anna.acked(&hello.id).await;
    anna.link.transmit(&hello).await.unwrap();
    eventually("two copies", async || (stage.side.shown_to_ben(&hello.id).await == 2).then_some(())).await;
}

async fn a_message_comes_in_with_its_author_and_can_be_marked_read(stage: &Stage) {
    let anna = stage.linked().await;
    let id = MessageId(stage.side.ben_writes("hello anna").await);
    let message = anna.message("hello anna").await;
    assert_eq!((&message.id, message.from_me), (&id, false));
    assert_eq!(message.sender.pn.as_ref().unwrap().digits(), BEN);
    stage.all_acknowledged().await;
    anna.link.mark_read(&message.chat.jid, None, std::slice::from_ref(&id)).await.unwrap();
    eventually("a read message", async || stage.side.was_read(&id).await.then_some(())).await;
}

async fn a_message_is_acknowledged_after_its_commit(stage: &Stage) {
    let anna = stage.linked().await;
    stage.all_acknowledged().await;
    anna.hold_commits();
    stage.side.ben_writes("not yet").await;
    anna.message("not yet").await;
    stage.stays_unacknowledged().await;
    anna.release_commits();
    stage.all_acknowledged().await;
}

/// As a killed process leaves it: nothing more is stored, written or told.
async fn kill(session: &Running) {
    session.link.abort();
    session.ended().await;
}

async fn a_message_that_was_not_committed_comes_again_after_a_crash(stage: &Stage) {
    let anna = stage.linked().await;
    anna.hold_commits();
    stage.side.ben_writes("in the middle").await;
    anna.message("in the middle").await;
    kill(&anna).await;
    let anna = stage.again().await;
    anna.message("in the middle").await;
    stage.all_acknowledged().await;
}

async fn behind_the_fence_nothing_is_sent_or_taken_in(stage: &Stage) {
    let anna = stage.linked().await;
    stage.all_acknowledged().await;
    let late = stage.finished("late").await;
    anna.fence.cut();
    assert!(matches!(anna.link.transmit(&late).await, Err(EngineError::Fenced(_))));
    assert_eq!(stage.side.shown_to_ben(&late.id).await, 0);
    stage.side.ben_writes("for the next owner").await;
    stage.stays_unacknowledged().await;
    assert_eq!(anna.count("for the next owner"), 0);
    kill(&anna).await;
    stage.again().await.message("for the next owner").await;
}

async fn a_fence_that_is_closed_already_opens_nothing(stage: &Stage) {
    let opened = stage.open_behind(Duration::ZERO, Pairing::Qr).await;
    assert!(matches!(opened.map(drop), Err(EngineError::Fenced(_))));
}

async fn knows_who_is_on_the_network(stage: &Stage) {
    let anna = stage.linked().await;
    let asked = [BEN.parse().unwrap(), "15559999990".parse().unwrap()];
    let found = anna.link.check_numbers(&asked).await.unwrap();
    let known: Vec<_> = found.iter().map(|one| (&one.phone, one.on_whatsapp)).collect();
    assert_eq!(known, [(&asked[0], true), (&asked[1], false)]);
}

async fn no_two_messages_have_one_id(stage: &Stage) {
    let ids: std::collections::HashSet<_> = (0..1000).map(|_| stage.side.engine().message_id()).collect();
    assert_eq!(ids.len(), 1000);
}
