//! Webhooks and their deliveries: found by whom they are for, made with the event, settled once.

use std::time::Duration;

use secrecy::ExposeSecret;
use switchboard_model::{DeliveryState, SessionId, Timestamp, UserId, WebhookDialect, WebhookMode, WebhookState};
use switchboard_store::{
    Store, StoreError,
    deliveries::{
        self, Attempt, DeliveryFilter,
        work::{self, Lane, Replay, Settlement},
    },
    events, sessions,
    webhooks::{self, WebhookFilter, WebhookRow, WebhookSecret},
};

use crate::database::{Kind, TestDb, session_id, with_sessions};

on_each_database!(
    webhooks_read_back_as_written,
    an_event_finds_its_subscribers,
    changes_count_in_the_transaction_that_makes_them,
    a_change_by_another_replica_counts_at_once,
    lanes_keep_their_order,
    a_delivery_is_settled_once,
    settled_deliveries_can_be_replayed,
    one_gateway_holds_a_webhook,
    what_belongs_to_nobody_is_swept,
);

const AT: Timestamp = Timestamp::from_secs(1_700_000_000);

macro_rules! write {
    ($store:expr, |$tx:ident| $body:expr) => {
        $store.write(move |$tx| Box::pin(async move { $body })).await
    };
}

fn webhook(id: &str, session: Option<&str>) -> WebhookRow {
    WebhookRow {
        id: id.to_owned(),
        owner: UserId::ADMIN,
        session: session.map(session_id),
        own_of_session: false,
        kinds: vec!["message.received".to_owned(), "message.sent".to_owned()],
        mode: WebhookMode::Fifo,
        dialect: WebhookDialect::Native,
        state: WebhookState::Active,
        reason: None,
        name: "CRM ✓".to_owned(),
        url: "https://example.com/hook?token=t".to_owned(),
        headers: vec![("x-team".to_owned(), "sales".to_owned())],
        ignored_chats: vec!["4915112345678@s.whatsapp.net".to_owned()],
        secrets: vec![WebhookSecret { value: "whsec_c2VjcmV0".to_owned().into(), until: Some(AT) }],
        created_at: AT,
        updated_at: AT,
    }
}

async fn add(store: &Store, row: WebhookRow) {
    store
        .write(move |tx| {
            let row = row.clone();
            Box::pin(async move { webhooks::insert(tx, &row).await })
        })
        .await
        .unwrap();
}

/// Appends an event with its deliveries, as the gateway does; returns its position and who gets it.
async fn emit(store: &Store, session: &'static str) -> (i64, Vec<String>) {
    write!(store, |tx| {
        let id = session_id(session);
        let event = events::append(tx, &id, "message.received", AT, b"{}").await?;
        let found = webhooks::subscribers(tx, &id).await?;
        let ids: Vec<&str> = found.iter().map(|subscriber| subscriber.id.as_str()).collect();
        deliveries::add(tx, &event, &id, "message.received", AT, &ids);
        Ok::<_, StoreError>((event.pos, ids.iter().map(|id| (*id).to_owned()).collect()))
    })
    .unwrap()
}

async fn webhooks_read_back_as_written(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    add(&store, webhook("1", Some("a"))).await;
    add(&store, webhook("2", None)).await;
    let found = webhooks::find(store.reader(), "1").await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.url.as_str()), ("CRM ✓", "https://example.com/hook?token=t"));
    assert_eq!(found.headers, [("x-team".to_owned(), "sales".to_owned())]);
    assert_eq!((found.kinds.len(), found.ignored_chats.len(), found.session), (2, 1, Some(session_id("a"))));
    assert_eq!((found.secrets[0].value.expose_secret(), found.secrets[0].until), ("whsec_c2VjcmV0", Some(AT)));
    let mut changed = webhook("1", Some("a"));
    (changed.url, changed.state, changed.own_of_session) = ("https://other".to_owned(), WebhookState::Paused, true);
    let row = changed.clone();
    assert!(
        store
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move { webhooks::update(tx, &row).await })
            })
            .await
            .unwrap()
    );
    let found = webhooks::find(store.reader(), "1").await.unwrap().unwrap();
    assert_eq!((found.url.as_str(), found.state), ("https://other", WebhookState::Paused));
    assert!(webhooks::own_of_session(store.reader(), &session_id("a")).await.unwrap().is_none(), "set once, at first");
    let ids = async |filter: WebhookFilter| -> Vec<String> {
        webhooks::list(store.reader(), &filter, 10).await.unwrap().into_iter().map(|webhook| webhook.id).collect()
    };
    assert_eq!(ids(WebhookFilter::default()).await, ["2", "1"]);
    assert_eq!(ids(WebhookFilter { before: Some("2".to_owned()), ..WebhookFilter::default() }).await, ["1"]);
    assert!(ids(WebhookFilter { owner: Some(UserId(7)), ..WebhookFilter::default() }).await.is_empty());
    assert!(write!(store, |tx| webhooks::delete(tx, "1").await).unwrap());
    assert_eq!(ids(WebhookFilter { session: Some(session_id("a")), ..WebhookFilter::default() }).await, [""; 0]);
}

async fn an_event_finds_its_subscribers(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    assert_eq!(emit(&store, "a").await, (1, vec![]));
    add(&store, webhook("1", Some("a"))).await;
    add(&store, webhook("2", None)).await;
    let mut disabled = webhook("3", Some("b"));
    disabled.state = WebhookState::Disabled;
    add(&store, disabled).await;
    let mut paused = webhook("4", Some("b"));
    paused.state = WebhookState::Paused;
    add(&store, paused).await;
    assert_eq!(emit(&store, "a").await.1, ["1", "2"]);
    assert_eq!(emit(&store, "b").await.1, ["4", "2"], "what is paused gathers, what is disabled does not");
    write!(store, |tx| webhooks::forget_session(tx, &session_id("b")).await).unwrap();
    assert_eq!(emit(&store, "b").await.1, ["2"]);
    let reopened = if db.kind == Kind::Sqlite {
        store.close().await;
        db.open().await
    } else {
        db.open().await
    };
    assert_eq!(emit(&reopened, "a").await.1, ["1", "2"]);
}

async fn changes_count_in_the_transaction_that_makes_them(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a"]).await;
    let seen = write!(store, |tx| {
        let id: SessionId = session_id("a");
        let mut seen = Vec::new();
        for change in 0..3 {
            match change {
                1 => webhooks::insert(tx, &webhook("1", Some("a"))).await?,
                2 => drop(webhooks::delete(tx, "1").await?),
                _ => {}
            }
            events::append(tx, &id, "message.received", AT, b"{}").await?;
            seen.push(webhooks::subscribers(tx, &id).await?.len());
        }
        Ok::<_, StoreError>(seen)
    });
    assert_eq!(seen.unwrap(), [0, 1, 0]);
    let failed = write!(store, |tx| {
        webhooks::insert(tx, &webhook("2", Some("a"))).await?;
        webhooks::subscribers(tx, &session_id("a")).await?;
        Err::<(), _>(StoreError::Invalid("on purpose".to_owned()))
    });
    assert!(failed.is_err());
    assert!(emit(&store, "a").await.1.is_empty(), "what was rolled back is not believed");
    add(&store, webhook("3", Some("a"))).await;
    assert_eq!(emit(&store, "a").await.1, ["3"]);
}

async fn a_change_by_another_replica_counts_at_once(db: TestDb) {
    let one = db.open().await;
    let two = if db.kind == Kind::Sqlite { one.clone() } else { db.open().await };
    with_sessions(&one, &["a"]).await;
    assert!(emit(&one, "a").await.1.is_empty());
    let before = webhooks::version(one.reader()).await.unwrap();
    add(&two, webhook("1", None)).await;
    assert_eq!(emit(&one, "a").await.1, ["1"]);
    assert_eq!(webhooks::version(one.reader()).await.unwrap(), before + 1);
    write!(two, |tx| webhooks::delete(tx, "1").await).unwrap();
    assert!(emit(&one, "a").await.1.is_empty());
}

fn lane(session: &str) -> Lane {
    Lane { webhook: "1".to_owned(), session: session_id(session) }
}

async fn lanes_keep_their_order(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    add(&store, webhook("1", None)).await;
    for session in ["a", "b", "a", "a"] {
        emit(&store, session).await;
    }
    let mut found = work::lanes_between(store.reader(), 0, 2).await.unwrap();
    found.sort();
    assert_eq!(found, [lane("a"), lane("b")]);
    assert_eq!(work::lanes_between(store.reader(), 2, 4).await.unwrap(), [lane("a")]);
    let positions = async |due: Option<Timestamp>, except: &[i64], limit| -> Vec<i64> {
        let rows = work::pending(store.reader(), &lane("a"), due, except, limit).await.unwrap();
        rows.iter().map(|row| row.pos).collect()
    };
    assert_eq!(positions(None, &[], 10).await, [1, 3, 4]);
    assert_eq!(positions(Some(AT), &[1], 1).await, [3]);
    assert!(positions(Some(AT.before(Duration::from_millis(1))), &[], 10).await.is_empty());
    let later = AT.after(Duration::from_secs(5));
    let failed = || Attempt { at: AT, status: Some(500), latency_ms: 3, error: Some("no".to_owned()) };
    let settled = write!(store, |tx| work::settle(tx, "1", 1, Settlement::Retry { at: later }, &failed()).await);
    assert!(settled.unwrap());
    assert_eq!(positions(Some(AT), &[], 10).await, [3, 4]);
    assert_eq!(work::next_due(store.reader(), &lane("a"), AT).await.unwrap(), Some(later));
    assert_eq!(write!(store, |tx| work::hasten(tx, "1", AT).await).unwrap(), 1);
    assert_eq!(positions(Some(AT), &[], 10).await, [1, 3, 4]);
    assert_eq!(work::next_due(store.reader(), &lane("a"), AT).await.unwrap(), None);
}

async fn a_delivery_is_settled_once(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a"]).await;
    add(&store, webhook("1", None)).await;
    emit(&store, "a").await;
    let settle = async |settlement, status| {
        let attempt = Attempt { at: AT, status, latency_ms: 12, error: status.map(|_| "HTTP 410".to_owned()) };
        let write = store.write(move |tx| {
            let attempt = attempt.clone();
            Box::pin(async move { work::settle(tx, "1", 1, settlement, &attempt).await })
        });
        write.await.unwrap()
    };
    assert!(settle(Settlement::Dead, Some(410)).await);
    assert!(!settle(Settlement::Delivered, None).await);
    let row = deliveries::find(store.reader(), "1", 1).await.unwrap().unwrap();
    assert_eq!((row.state, row.attempts), (DeliveryState::Dead, 1));
    let last = row.last.unwrap();
    assert_eq!((last.status, last.latency_ms, last.error.as_deref()), (Some(410), 12, Some("HTTP 410")));
    let backlog = deliveries::backlog(store.reader()).await.unwrap();
    assert_eq!((backlog[0].pending, backlog[0].dead, backlog[0].oldest), (0, 1, None));
    assert!(work::lanes_of(store.reader(), "1").await.unwrap().is_empty());
}

async fn settled_deliveries_can_be_replayed(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a"]).await;
    add(&store, webhook("1", None)).await;
    for ended in [Settlement::Dead, Settlement::Delivered, Settlement::Dead, Settlement::Delivered] {
        let (pos, _) = emit(&store, "a").await;
        let attempt = Attempt { at: AT, status: None, latency_ms: 1, error: None };
        let settle = store.write(move |tx| {
            let attempt = attempt.clone();
            Box::pin(async move { work::settle(tx, "1", pos, ended, &attempt).await })
        });
        assert!(settle.await.unwrap());
    }
    let replay = async |which| write!(store, |tx| work::replay(tx, "1", which, AT).await).unwrap();
    assert_eq!(replay(Replay::One(2)).await, 1);
    assert_eq!(replay(Replay::One(2)).await, 0, "it waits already");
    assert_eq!(replay(Replay::Dead).await, 2);
    assert_eq!(replay(Replay::Range(3, 9)).await, 1);
    let rows = work::pending(store.reader(), &lane("a"), Some(AT), &[], 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| (row.pos, row.attempts)).collect::<Vec<_>>(), [(1, 0), (2, 0), (3, 0), (4, 0)]);
    let filter = DeliveryFilter {
        state: Some(DeliveryState::Pending),
        before: Some((3, "1".to_owned())),
        ..DeliveryFilter::default()
    };
    let page = deliveries::list(store.reader(), &filter, 1).await.unwrap();
    assert_eq!(page[0].pos, 2);
}

async fn one_gateway_holds_a_webhook(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a"]).await;
    add(&store, webhook("1", None)).await;
    let hold = async |holder: &'static str, lasts| {
        write!(store, |tx| webhooks::hold(tx, holder, lasts).await).unwrap();
        webhooks::held_by(store.reader(), holder).await.unwrap().len()
    };
    const MINUTE: Duration = Duration::from_secs(60);
    assert_eq!(hold("one", MINUTE).await, 1);
    assert_eq!(hold("two", MINUTE).await, 0);
    assert_eq!(hold("one", MINUTE).await, 1);
    write!(store, |tx| webhooks::release(tx, "one").await).unwrap();
    assert_eq!(hold("two", MINUTE).await, 1);
    assert_eq!(hold("one", MINUTE).await, 0);
}

async fn what_belongs_to_nobody_is_swept(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    add(&store, webhook("1", None)).await;
    add(&store, webhook("2", Some("b"))).await;
    for session in ["a", "b", "b"] {
        emit(&store, session).await;
    }
    let count = async || deliveries::list(store.reader(), &DeliveryFilter::default(), 100).await.unwrap().len();
    assert_eq!(count().await, 5);
    write!(store, |tx| webhooks::delete(tx, "1").await).unwrap();
    assert_eq!(write!(store, |tx| deliveries::sweep(tx).await).unwrap(), 3);
    write!(store, |tx| {
        deliveries::forget_session(tx, &session_id("b")).await?;
        sessions::delete(tx, &session_id("b")).await
    })
    .unwrap();
    assert_eq!(count().await, 0);
    assert!(webhooks::find(store.reader(), "2").await.unwrap().is_none(), "it went with its session");
    emit(&store, "a").await;
    assert_eq!(write!(store, |tx| deliveries::prune(tx, 100, 10).await).unwrap(), 0);
}
