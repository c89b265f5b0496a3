//! The rules by themselves, and a session's way through a complaint and out of it.

use std::{sync::Arc, time::Duration};

use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{
    Content, Context, EventBody, Health, HealthCause, HealthLevel, ManualClock, MessageId, MessageStatus, Origin,
    SessionId, Timestamp,
};
use switchboard_store::{Store, events::EventFilter};
use tokio_util::sync::CancellationToken;

use super::rules::{after, barred_for, recovered};
use crate::{
    Caller, Core, CreateSession, Pacing, Pair, Parts, SendMessage, Settings, Supervisor,
    engine::{
        Fact,
        fake::{Answer, FakeEngine, FakeSession},
    },
    testing,
};

const FIRST: Duration = Duration::from_secs(100);
const SOON: Duration = Duration::from_secs(60);

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

fn refused() -> Fact {
    Fact::Acked { id: MessageId("A".to_owned()), error: Some("463".to_owned()) }
}

fn summary(health: &Health) -> (HealthLevel, Option<i64>, u32) {
    (health.level, health.until.map(Timestamp::secs), health.strikes)
}

#[test]
fn refusals_slow_first_and_then_hold_longer_each_time() {
    let first = after(&Health::default(), &refused(), at(0), FIRST).expect("a complaint");
    assert_eq!(summary(&first), (HealthLevel::Slowed, Some(100), 1));
    let second = after(&first, &refused(), at(10), FIRST).expect("a complaint");
    assert_eq!(summary(&second), (HealthLevel::Held, Some(210), 2));
    let third = after(&second, &refused(), at(20), FIRST).expect("a complaint");
    assert_eq!(summary(&third), (HealthLevel::Held, Some(420), 3));
    let much_later = after(&third, &refused(), at(100_000), FIRST).expect("a complaint");
    assert_eq!(much_later.strikes, 1, "what happened yesterday does not count");
}

#[test]
fn a_hold_ends_slowly_and_a_ban_when_the_network_says() {
    let limited = after(&Health::default(), &Fact::Limited { reason: "429".into() }, at(0), FIRST).expect("a hold");
    assert_eq!(barred_for(&limited, at(40)), Duration::from_secs(60));
    assert_eq!(recovered(&limited, at(99)), None);
    let slowly = recovered(&limited, at(100)).expect("a change");
    assert_eq!((summary(&slowly), barred_for(&slowly, at(100))), ((HealthLevel::Slowed, Some(200), 1), Duration::ZERO));
    assert_eq!(summary(&recovered(&slowly, at(200)).expect("a change")), (HealthLevel::Good, None, 1));

    let ban = Fact::Banned { reason: "banned".into(), lasts: Some(Duration::from_secs(3600)) };
    let banned = after(&Health::default(), &ban, at(0), FIRST).expect("a ban");
    assert_eq!((summary(&banned), banned.cause), ((HealthLevel::Held, Some(3600), 1), Some(HealthCause::Banned)));
    assert_eq!(recovered(&banned, at(3600)).expect("a change").level, HealthLevel::Good);
    let let_in = after(&banned, &Fact::Online { catching_up: false }, at(50), FIRST).expect("a change");
    assert_eq!(let_in.level, HealthLevel::Good, "the network knows better");
}

#[test]
fn other_answers_say_nothing_about_the_account() {
    let other = Fact::Acked { id: MessageId("A".to_owned()), error: Some("404".to_owned()) };
    for fact in [other, Fact::Online { catching_up: false }, Fact::CaughtUp] {
        assert_eq!(after(&Health::default(), &fact, at(0), FIRST), None);
    }
}

/// One session on a clock that the test moves.
struct House {
    core: Core,
    store: Store,
    clock: Arc<ManualClock>,
    session: Arc<FakeSession>,
    id: SessionId,
}

impl House {
    async fn open() -> Self {
        let (store, engine) = (Store::in_memory().await.expect("store"), FakeEngine::new());
        let clock = Arc::new(ManualClock::default());
        let core = Core::new(Parts {
            store: store.clone(),
            clock: clock.clone(),
            egress: Egress::new(EgressPolicy::default()).expect("egress"),
            engine: Arc::new(engine.clone()),
            // Short enough for the pauses of a slowed session, which are real.
            settings: Settings { pacing: Pacing::NONE, first_hold: Duration::from_millis(600), ..Settings::default() },
        });
        testing::ensure_admin(&core).await;
        let id: SessionId = "shop".parse().expect("id");
        let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::Native };
        core.create_session(&Caller::System, order).await.expect("created");
        core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
        let session = engine.session(&id);
        session.link().await.pair(&"6281100000001".parse().expect("phone"), &"100001".parse().expect("lid"));
        let house = Self { core, store, clock, session, id };
        house.event(|body| matches!(body, EventBody::SessionStateChanged(state) if state.is_connected())).await;
        house
    }

    async fn send(&self, text: &str) -> MessageId {
        let order = SendMessage {
            to: "6281100000002".parse().expect("jid"),
            content: Content::Text { text: text.to_owned() },
            context: Context::default(),
            idempotency_key: None,
            only_when_connected: false,
        };
        self.core.send(&Caller::System, &self.id, order).await.expect("accepted").id
    }

    async fn event(&self, wanted: impl Fn(&EventBody) -> bool) {
        let mut newest = self.store.subscribe();
        let filter = EventFilter { sessions: Some(vec![self.id.clone()]), ..EventFilter::default() };
        let found = async {
            loop {
                let rows = switchboard_store::events::after(self.store.reader(), 0, &filter, 1000).await.expect("rows");
                let bodies = rows.into_iter().map(|row| crate::events::read(row).expect("readable").body);
                if bodies.into_iter().any(|body| wanted(&body)) {
                    return;
                }
                newest.changed().await.expect("the store lives");
            }
        };
        tokio::time::timeout(SOON, found).await.expect("the event comes");
    }

    async fn level(&self, level: HealthLevel) {
        self.event(|body| matches!(body, EventBody::SessionHealthChanged(health) if health.level == level)).await;
    }
}

#[tokio::test]
async fn a_held_queue_waits_says_until_when_and_goes_on_by_itself() {
    let house = House::open().await;
    house.session.answer(Answer::Nack("463".to_owned()));
    for text in ["one", "two"] {
        let message = house.send(text).await;
        let view = house.core.fate(&Caller::System, &house.id, &message, SOON).await.expect("fate");
        assert_eq!(view.status, MessageStatus::Failed);
    }
    house.level(HealthLevel::Held).await;
    let view = house.core.session(&Caller::System, &house.id).await.expect("seen");
    assert_eq!((view.session.state.word(), view.health.cause), ("held", Some(HealthCause::Restricted)));
    assert!(view.health.until.is_some() && view.health.reason.is_some_and(|reason| reason.contains("463")));

    house.session.answer(Answer::Ack);
    let waiting = house.send("three").await;
    let early = house.core.fate(&Caller::System, &house.id, &waiting, Duration::from_millis(100)).await.expect("fate");
    assert_eq!((early.status, house.session.sent().len()), (MessageStatus::Queued, 2), "it waits");

    let stop = CancellationToken::new();
    let supervisor = tokio::spawn(Supervisor::new(house.core.clone()).run(stop.clone()));
    house.clock.advance(Duration::from_secs(10));
    let view = house.core.fate(&Caller::System, &house.id, &waiting, SOON).await.expect("fate");
    assert_eq!(view.status, MessageStatus::Sent, "slowly, but it goes");
    house.clock.advance(Duration::from_secs(10));
    house.level(HealthLevel::Good).await;
    let view = house.core.session(&Caller::System, &house.id).await.expect("seen");
    assert_eq!(view.session.state.word(), "connected");
    stop.cancel();
    supervisor.await.expect("it ends");
}

#[tokio::test]
async fn a_banned_account_is_left_alone_until_the_ban_is_over() {
    let house = House::open().await;
    let link = house.session.link().await;
    link.end_with(Fact::Banned { reason: "banned".to_owned(), lasts: Some(Duration::from_secs(1)) });
    house.level(HealthLevel::Held).await;
    let view = house.core.session(&Caller::System, &house.id).await.expect("seen");
    assert_eq!((house.session.opens(), view.health.cause), (1, Some(HealthCause::Banned)));
    house.session.opened(2).await;
    house.level(HealthLevel::Good).await;
}
