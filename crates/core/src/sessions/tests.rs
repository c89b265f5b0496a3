//! A session's life on the fake engine and a real store.

use std::{sync::Arc, time::Duration};

use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{
    Content, Context, Event, EventBody, Jid, MessageId, MessageStatus, Origin, Party, Phone, SessionId, SystemClock,
    Timestamp,
};
use switchboard_store::{Store, events::EventFilter};
use tokio_util::sync::CancellationToken;

use super::{CreateSession, Pair, Supervisor};
use crate::{
    Caller, Core, Error, Parts, Settings,
    engine::{
        EngineError, Fact, Inbound, ReceiptKind,
        fake::{Answer, FakeEngine, FakeSession},
    },
    messages::{Pacing, SendMessage},
};

pub(super) const SOON: Duration = Duration::from_secs(60);

pub(super) struct House {
    pub(super) core: Core,
    pub(super) store: Store,
    pub(super) engine: FakeEngine,
}

impl House {
    pub(super) async fn new() -> Self {
        Self::with(Store::in_memory().await.expect("store"), FakeEngine::new())
    }

    pub(super) fn with(store: Store, engine: FakeEngine) -> Self {
        let settings = Settings { pacing: Pacing::NONE, ack_timeout: Duration::from_millis(50), ..Settings::default() };
        let core = Core::new(Parts {
            store: store.clone(),
            clock: Arc::new(SystemClock),
            egress: Egress::new(EgressPolicy::default()).expect("egress"),
            engine: Arc::new(engine.clone()),
            settings,
        });
        Self { core, store, engine }
    }

    pub(super) async fn create(&self, id: &str) -> (SessionId, Arc<FakeSession>) {
        crate::testing::ensure_admin(&self.core).await;
        let id: SessionId = id.parse().expect("id");
        let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::Native };
        self.core.create_session(&Caller::System, order).await.expect("created");
        let session = self.engine.session(&id);
        (id, session)
    }

    pub(super) async fn paired(&self, id: &str) -> (SessionId, Arc<FakeSession>) {
        let (id, session) = self.create(id).await;
        self.core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
        session.link().await.pair(&phone("6281100000001"), &"100001".parse().expect("lid"));
        self.until(&id, "connected").await;
        (id, session)
    }

    /// Follows the log until the session has shown this state.
    pub(super) async fn until(&self, id: &SessionId, word: &str) {
        self.until_event(id, |body| matches!(body, EventBody::SessionStateChanged(state) if state.word() == word))
            .await;
    }

    pub(super) async fn until_event(&self, id: &SessionId, wanted: impl Fn(&EventBody) -> bool) -> Event {
        let mut newest = self.store.subscribe();
        let found = async {
            loop {
                if let Some(event) = self.events(id).await.into_iter().rev().find(|event| wanted(&event.body)) {
                    return event;
                }
                newest.changed().await.expect("the store lives");
            }
        };
        tokio::time::timeout(SOON, found).await.expect("the event comes")
    }

    pub(super) async fn events(&self, id: &SessionId) -> Vec<Event> {
        let filter = EventFilter { sessions: Some(vec![id.clone()]), ..EventFilter::default() };
        let rows = switchboard_store::events::after(self.store.reader(), 0, &filter, 1000).await.expect("events");
        rows.into_iter().map(|row| crate::events::read(row).expect("readable")).collect()
    }

    pub(super) async fn send(&self, id: &SessionId, text: &str, key: Option<&str>) -> Result<MessageId, Error> {
        let order = SendMessage {
            to: jid("6281100000002"),
            content: Content::Text { text: text.to_owned() },
            context: Context::default(),
            idempotency_key: key.map(str::to_owned),
            only_when_connected: false,
        };
        self.core.send(&Caller::System, id, order).await.map(|accepted| accepted.id)
    }

    async fn status(&self, session: &SessionId, id: &MessageId) -> MessageStatus {
        self.core.message(&Caller::System, session, id).await.expect("message").status
    }
}

fn phone(digits: &str) -> Phone {
    digits.parse().expect("phone")
}

fn jid(digits: &str) -> Jid {
    Jid::Phone(phone(digits))
}

fn inbound(id: &str, text: &str) -> Inbound {
    let peer = Party::from(jid("6281100000002"));
    Inbound {
        id: MessageId(id.to_owned()),
        chat: peer.clone(),
        sender: peer,
        from_me: false,
        timestamp: Timestamp::from_secs(1_767_603_600),
        push_name: None,
        content: Content::Text { text: text.to_owned() },
        context: Context::default(),
    }
}

#[tokio::test]
async fn pairs_by_qr_and_shows_every_state_once() {
    let house = House::new().await;
    let (id, session) = house.create("one").await;
    house.core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
    let link = session.link().await;
    link.qr("2@first");
    let code = house.core.qr_code(&Caller::System, &id, SOON).await.expect("asked").expect("a code");
    assert_eq!(code.code, "2@first");
    link.pair(&phone("6281100000001"), &"100001".parse().expect("lid"));
    house.until(&id, "connected").await;

    let states = house.events(&id).await.into_iter().filter_map(|event| match event.body {
        EventBody::SessionStateChanged(state) => Some(state.word()),
        _ => None,
    });
    let states: Vec<_> = states.collect();
    assert_eq!(states.as_slice(), ["connecting", "waiting_qr", "connecting", "connected"]);
    let view = house.core.session(&Caller::System, &id).await.expect("seen");
    assert_eq!(view.session.phone, Some(phone("6281100000001")));
    assert!(view.session.linked);
    assert_eq!(house.core.qr_code(&Caller::System, &id, SOON).await.expect("asked"), None, "no code once connected");
}

#[tokio::test]
async fn a_message_goes_out_once_and_its_status_only_moves_forward() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    let message = house.send(&id, "hello", None).await.expect("accepted");
    let view = house.core.fate(&Caller::System, &id, &message, SOON).await.expect("fate");
    assert_eq!(view.status, MessageStatus::Sent);
    let sent = session.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].id, message);

    let link = session.link().await;
    link.receipt(&sent[0], ReceiptKind::Read, Timestamp::from_secs(1));
    link.receipt(&sent[0], ReceiptKind::Delivered, Timestamp::from_secs(2));
    house
        .until_event(&id, |body| matches!(body, EventBody::MessageStatusChanged { status: MessageStatus::Read, .. }))
        .await;
    link.report(Fact::CaughtUp);
    assert_eq!(house.status(&id, &message).await, MessageStatus::Read);
    assert_eq!(house.core.session(&Caller::System, &id).await.expect("seen").queued, 0);
}

#[tokio::test]
async fn whoever_waits_for_a_message_hears_of_its_receipt_where_the_answer_is_lost() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    session.answer(Answer::Silence);
    let message = house.send(&id, "hello", None).await.expect("accepted");
    let mut fate = std::pin::pin!(house.core.fate(&Caller::System, &id, &message, 10 * SOON));
    // It waits by the time that the message is repeated.
    let sent = tokio::select! {
        _ = &mut fate => panic!("nothing is known of the message yet"),
        sent = session.sent_at_least(2) => sent,
    };
    session.link().await.receipt(&sent[0], ReceiptKind::Delivered, Timestamp::from_secs(1));
    let view = tokio::time::timeout(SOON, fate).await.expect("told of the receipt").expect("fate");
    assert_eq!(view.status, MessageStatus::Delivered);
}

#[tokio::test]
async fn an_unanswered_message_is_repeated_under_the_same_id_with_the_same_bytes() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    session.answer(Answer::Silence);
    let message = house.send(&id, "hello", None).await.expect("accepted");
    session.sent_at_least(2).await;
    session.answer(Answer::Ack);
    let view = house.core.fate(&Caller::System, &id, &message, SOON).await.expect("fate");
    assert_eq!(view.status, MessageStatus::Sent);
    let sent = session.sent();
    assert!(sent.iter().all(|copy| copy.id == message && copy.finished == sent[0].finished));
}

#[tokio::test]
async fn sending_goes_on_where_the_link_said_that_it_is_down_and_stays_up() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    session.answer(Answer::Fail(EngineError::NotConnected("so it says".to_owned())));
    let message = house.send(&id, "hello", None).await.expect("accepted");
    session.tried_at_least(1).await;
    session.answer(Answer::Ack);
    let view = house.core.fate(&Caller::System, &id, &message, SOON).await.expect("fate");
    assert_eq!((view.status, session.opens()), (MessageStatus::Sent, 1));
}

#[tokio::test]
async fn a_refused_message_says_why_and_leaves_the_queue() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    session.answer(Answer::Nack("463".to_owned()));
    let message = house.send(&id, "hello", None).await.expect("accepted");
    let view = house.core.fate(&Caller::System, &id, &message, SOON).await.expect("fate");
    assert_eq!(view.status, MessageStatus::Failed);
    assert!(view.reason.expect("a reason").contains("463"));
    assert_eq!(house.core.session(&Caller::System, &id).await.expect("seen").queued, 0);
}

#[tokio::test]
async fn an_idempotency_key_sends_once_and_serves_one_request_only() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    let first = house.send(&id, "hello", Some("key-1")).await.expect("accepted");
    let again = house.send(&id, "hello", Some("key-1")).await.expect("accepted");
    assert_eq!(first, again);
    assert!(matches!(house.send(&id, "other", Some("key-1")).await, Err(Error::Conflict(_))));
    house.core.fate(&Caller::System, &id, &first, SOON).await.expect("fate");
    assert_eq!(session.sent().len(), 1);
}

#[tokio::test]
async fn a_message_delivered_twice_is_recorded_once() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    let link = session.link().await;
    link.deliver(vec![inbound("A", "one"), inbound("B", "two")]).await.expect("committed");
    link.deliver(vec![inbound("B", "two"), inbound("C", "three")]).await.expect("committed");
    let received = house.events(&id).await.into_iter().filter_map(|event| match event.body {
        EventBody::MessageReceived(message) => Some(message.id.0),
        _ => None,
    });
    let received: Vec<_> = received.collect();
    assert_eq!(received, ["A", "B", "C"]);
}

#[tokio::test]
async fn a_message_that_came_in_is_the_last_event() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    let last_event_at = async || house.core.session(&Caller::System, &id).await.expect("seen").last_event_at;
    let before = last_event_at().await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    session.link().await.deliver(vec![inbound("A", "one")]).await.expect("committed");
    assert!(last_event_at().await > before, "{before:?}");
}

#[tokio::test]
async fn queued_messages_go_out_in_order_after_the_connection_comes_back() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    house.core.disconnect(&Caller::System, &id).await.expect("disconnects");
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(house.send(&id, &format!("number {n}"), None).await.expect("queued"));
    }
    let taken_back = house.core.cancel(&Caller::System, &id, &ids[2]).await.expect("cancelled");
    assert_eq!(taken_back.status, MessageStatus::Cancelled);
    house.core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
    session.sent_at_least(4).await;
    house.core.fate(&Caller::System, &id, &ids[4], SOON).await.expect("fate");
    let sent: Vec<_> = session.sent().into_iter().map(|message| message.id).collect();
    assert_eq!(sent, [&ids[0], &ids[1], &ids[3], &ids[4]].map(Clone::clone));
}

#[tokio::test]
async fn a_lost_connection_comes_back_by_itself() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    session.link().await.drop_connection();
    house.until(&id, "disconnected").await;
    tokio::time::timeout(SOON, session.opened(2)).await.expect("opened again");
    let link = session.link().await;
    assert_eq!(link.epoch(), 2, "a new run has a new epoch");
}

#[tokio::test]
async fn a_replaced_session_stays_away_until_someone_acts() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    session.link().await.replace();
    house.until(&id, "disabled").await;
    assert_eq!(session.opens(), 1);
    house.core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
    tokio::time::timeout(SOON, session.opened(2)).await.expect("opened again");
}

#[tokio::test]
async fn a_logged_out_session_refuses_to_send_and_says_what_to_do() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    session.link().await.log_out();
    house.until(&id, "logged_out").await;
    let error = house.send(&id, "hello", None).await.expect_err("refused");
    assert!(matches!(error, Error::NotConnected(_)), "{error}");
    assert!(error.to_string().ends_with("pair it anew first"), "{error}");
}

#[tokio::test]
async fn a_session_that_waits_with_a_code_can_be_linked_by_qr_instead() {
    let house = House::new().await;
    let (id, session) = house.create("one").await;
    let by_code = Pair::Code { phone: phone("6281100000001") };
    house.core.connect(&Caller::System, &id, by_code).await.expect("connects");
    let link = session.link().await;
    link.report(Fact::PairingCode { code: "ABCD1234".to_owned(), valid_for: SOON });
    house.until_event(&id, |body| matches!(body, EventBody::SessionPairingCode { .. })).await;
    house.core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
    let anew = session.link().await;
    assert!(!Arc::ptr_eq(&link, &anew), "pairing has begun anew");
}

#[tokio::test]
async fn a_session_that_waits_for_its_turn_to_connect_can_be_stopped() {
    let house = House::new().await;
    let (id, session) = house.create("one").await;
    let mut others = Vec::new();
    for _ in 0..house.core.settings().connecting_at_once {
        others.push(house.core.0.keepers.connecting().await);
    }
    house.core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
    let stopped = house.core.disconnect(&Caller::System, &id);
    tokio::time::timeout(SOON, stopped).await.expect("it stops").expect("disconnected");
    assert_eq!(session.opens(), 0);
}

#[tokio::test]
async fn codes_nobody_scans_end_with_a_reason() {
    let house = House::new().await;
    let (id, session) = house.create("one").await;
    house.core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
    for round in 1..=3 {
        tokio::time::timeout(SOON, session.opened(round)).await.expect("opened");
        session.link().await.end_with(Fact::PairingExpired);
    }
    house.until(&id, "disabled").await;
}

#[tokio::test]
async fn a_restart_resumes_what_was_connected_and_only_that() {
    let engine = FakeEngine::new();
    let house = House::with(Store::in_memory().await.expect("store"), engine.clone());
    let (up, _) = house.paired("up").await;
    let (down, _) = house.paired("down").await;
    house.core.disconnect(&Caller::System, &down).await.expect("disconnects");
    house.core.0.keepers.shut_down().await;

    let again = House::with(house.store.clone(), engine.clone());
    let stop = CancellationToken::new();
    let supervisor = tokio::spawn(Supervisor::new(again.core.clone()).run(stop.clone()));
    tokio::time::timeout(SOON, engine.session(&up).opened(2)).await.expect("resumed");
    again.until(&up, "connected").await;
    assert_eq!(engine.session(&down).opens(), 1);
    stop.cancel();
    supervisor.await.expect("ends");
}

#[tokio::test]
async fn a_session_that_is_away_comes_back_to_be_unlinked() {
    let house = House::new().await;
    for (id, delete) in [("deleted", true), ("logged-out", false)] {
        let (id, session) = house.paired(id).await;
        house.core.disconnect(&Caller::System, &id).await.expect("disconnects");
        if delete {
            house.core.delete_session(&Caller::System, &id).await.expect("deleted");
        } else {
            house.core.log_out(&Caller::System, &id).await.expect("logged out");
        }
        assert!(session.was_unlinked());
        assert_eq!(session.opens(), 2);
    }
}

#[tokio::test]
async fn deleting_unlinks_and_leaves_nothing() {
    let house = House::new().await;
    let (id, session) = house.paired("one").await;
    house.core.delete_session(&Caller::System, &id).await.expect("deleted");
    assert!(session.was_unlinked());
    assert!(matches!(house.core.session(&Caller::System, &id).await, Err(Error::NotFound { .. })));
    let kinds: Vec<_> = house.events(&id).await.iter().map(|event| event.body.kind()).collect();
    assert_eq!(kinds, ["session.deleted"]);
}
