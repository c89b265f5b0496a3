//! What the ledger says of a message while a sender has it, and afterwards.

use std::{sync::Arc, time::Duration};

use switchboard_model::{Content, Context, MessageId, MessageStatus, SessionId, Timestamp};
use switchboard_store::outbox;

use crate::{
    Caller, Error, Pacing, Pair, SendMessage, Settings,
    engine::{
        EngineError, ReceiptKind,
        fake::{Answer, FakeSession},
    },
    testing::Office,
};

const SOON: Duration = Duration::from_secs(60);

/// A linked session that is away, and three messages that wait for it.
struct Waiting {
    office: Office,
    id: SessionId,
    session: Arc<FakeSession>,
    messages: Vec<MessageId>,
}

impl Waiting {
    async fn new(pacing: Pacing) -> Self {
        let ack_timeout = Duration::from_millis(50);
        // None is given up, however slowly the test runs.
        let settings = Settings { pacing, ack_timeout, send_attempts: 10_000, ..Settings::default() };
        let office = Office::set_up(settings).await;
        let (id, _) = office.linked("one").await;
        office.core.disconnect(&Caller::System, &id).await.expect("disconnects");
        let session = office.engine.session(&id);
        let mut waiting = Self { office, id, session, messages: Vec::new() };
        for text in ["first", "second", "third"] {
            waiting.messages.push(waiting.send(text).await);
        }
        waiting
    }

    async fn send(&self, text: &str) -> MessageId {
        let order = SendMessage {
            to: "6281100000002".parse().expect("an address"),
            content: Content::Text { text: text.to_owned() },
            context: Context::default(),
            idempotency_key: None,
            only_when_connected: false,
        };
        self.office.core.send(&Caller::System, &self.id, order).await.expect("accepted").id
    }

    async fn connect(&self) {
        self.office.core.connect(&Caller::System, &self.id, Pair::Qr).await.expect("connects");
    }

    async fn disconnect(&self) {
        self.office.core.disconnect(&Caller::System, &self.id).await.expect("disconnects");
    }

    async fn cancel(&self, message: &MessageId) -> Result<MessageStatus, Error> {
        Ok(self.office.core.cancel(&Caller::System, &self.id, message).await?.status)
    }

    /// How often each message that waits was begun.
    async fn attempts(&self) -> Vec<i64> {
        let session = self.id.clone();
        let claimed = self.office.core.store().write(move |tx| {
            let session = session.clone();
            Box::pin(async move { outbox::claim(tx, &session, 9).await })
        });
        claimed.await.expect("claimed").into_iter().map(|row| row.attempts).collect()
    }

    fn copies(&self, message: &MessageId) -> usize {
        self.session.sent().iter().filter(|sent| sent.id == *message).count()
    }
}

#[tokio::test]
async fn what_waits_for_its_time_can_be_taken_back() {
    let waiting = Waiting::new(Pacing { per_minute: Some(1), burst: 1, jitter: Duration::ZERO }).await;
    waiting.connect().await;
    waiting.session.sent_at_least(1).await;
    for message in &waiting.messages[1..] {
        assert_eq!(waiting.cancel(message).await.expect("taken back"), MessageStatus::Cancelled);
    }
    assert!(waiting.cancel(&waiting.messages[0]).await.is_err(), "it is on its way");
}

#[tokio::test]
async fn what_was_never_begun_does_not_count_as_an_attempt() {
    let waiting = Waiting::new(Pacing::NONE).await;
    waiting.session.answer(Answer::Fail(EngineError::NotConnected("so it says".to_owned())));
    waiting.connect().await;
    waiting.session.tried_at_least(1).await;
    waiting.disconnect().await;
    assert!(waiting.cancel(&waiting.messages[0]).await.is_err(), "it may have been written");
    assert_eq!(waiting.cancel(&waiting.messages[2]).await.expect("taken back"), MessageStatus::Cancelled);
    assert_eq!(waiting.attempts().await, [1, 0]);
}

#[tokio::test]
async fn attempts_count_over_all_links() {
    let waiting = Waiting::new(Pacing::NONE).await;
    waiting.session.answer(Answer::Silence);
    waiting.connect().await;
    waiting.session.sent_at_least(4).await;
    waiting.disconnect().await;
    let begun: Vec<_> = waiting.messages.iter().map(|message| waiting.copies(message) as i64).collect();
    assert_eq!(waiting.attempts().await, begun);
}

#[tokio::test]
async fn a_message_with_a_receipt_is_not_sent_again() {
    let waiting = Waiting::new(Pacing::NONE).await;
    waiting.session.answer(Answer::Silence);
    waiting.connect().await;
    let sent = waiting.session.sent_at_least(3).await;
    let link = waiting.session.link().await;
    for message in &sent[..3] {
        link.receipt(message, ReceiptKind::Delivered, Timestamp::from_secs(1));
    }
    let last = &waiting.messages[2];
    waiting.office.core.fate(&Caller::System, &waiting.id, last, SOON).await.expect("fate");
    let other = waiting.send("another").await;
    let repeated = async |times| {
        while waiting.copies(&other) < times {
            waiting.session.sent_at_least(waiting.session.sent().len() + 1).await;
        }
        waiting.copies(last)
    };
    let before = repeated(2).await;
    assert_eq!(repeated(4).await, before, "it was sent on beside the other one");
}

#[tokio::test]
async fn whoever_waits_for_a_message_hears_that_it_was_taken_back() {
    let waiting = Waiting::new(Pacing { per_minute: Some(1), burst: 1, jitter: Duration::ZERO }).await;
    waiting.connect().await;
    waiting.session.sent_at_least(1).await;
    let second = &waiting.messages[1];
    let fate = waiting.office.core.fate(&Caller::System, &waiting.id, second, 10 * SOON);
    let both = async { tokio::join!(fate, waiting.cancel(second)) };
    let (fate, _) = tokio::time::timeout(SOON, both).await.expect("told of it");
    assert_eq!(fate.expect("fate").status, MessageStatus::Cancelled);
}
