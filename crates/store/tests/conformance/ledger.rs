//! Messages, the open rows of the send ledger, leases and idempotency keys, the same on every database.

use std::time::Duration;

use switchboard_model::{Content, Context, Jid, Later, Message, MessageId, MessageStatus, Party, Timestamp};
use switchboard_store::{
    Store, idempotency, leases,
    messages::{self, MessageFilter},
    outbox::{self, OutboxRow, Priority},
};

use crate::database::{Kind, TestDb, session_id, with_sessions};

on_each_database!(
    a_message_is_recorded_once,
    messages_stay_when_their_key_changes,
    messages_are_paged_newest_first,
    a_status_only_moves_forward,
    the_outbox_keeps_the_order_of_a_chat,
    an_attempt_counts_when_it_has_begun,
    a_lease_has_one_holder,
    a_lease_is_renewed_and_given_up,
    a_lease_that_changes_hands_is_noticed_within_a_transaction,
    a_request_is_remembered,
);

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

macro_rules! write {
    ($store:expr, |$tx:ident| $body:expr) => {
        $store.write(move |$tx| Box::pin(async move { $body })).await.unwrap()
    };
}

async fn opened(db: &TestDb) -> Store {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    store
}

fn party(number: &str) -> Party {
    let jid: Jid = format!("{number}@s.whatsapp.net").parse().unwrap();
    Party { pn: jid.phone().cloned(), jid, lid: None }
}

fn message(id: &str, chat: &str, second: u64) -> Message {
    Message {
        id: MessageId(id.to_owned()),
        session: session_id("a"),
        chat: party(chat),
        sender: party("4915100000001"),
        from_me: true,
        timestamp: NOW.after(Duration::from_secs(second)),
        push_name: None,
        content: Content::Text { text: format!("text of {id}") },
        context: Context::default(),
        later: Later::default(),
    }
}

const ONE: &str = "4915100000002";
const TWO: &str = "4915100000003";

async fn record(store: &Store, id: &'static str, chat: &'static str, second: u64) -> bool {
    write!(store, |tx| messages::insert_new(tx, &message(id, chat, second), MessageStatus::Queued).await)
}

async fn a_message_is_recorded_once(db: TestDb) {
    let store = opened(&db).await;
    assert!(record(&store, "M1", ONE, 0).await);
    assert!(!record(&store, "M1", ONE, 5).await, "the same again");
    assert!(record(&store, "M1", TWO, 0).await, "an id is unique in its chat only");
    assert!(record(&store, "m1", ONE, 0).await, "ids are case-sensitive");
    let found = messages::find(store.reader(), &session_id("a"), &MessageId("M1".to_owned())).await.unwrap();
    assert_eq!(found.len(), 2);
    let first = found.iter().find(|row| row.message.chat == party(ONE)).unwrap();
    assert_eq!(first.message, message("M1", ONE, 0));
    let elsewhere = messages::find(store.reader(), &session_id("b"), &MessageId("M1".to_owned())).await.unwrap();
    assert!(elsewhere.is_empty());
}

/// As a database of the schema before comes along.
async fn messages_stay_when_their_key_changes(db: TestDb) {
    let store = opened(&db).await;
    assert!(record(&store, "M1", ONE, 0).await && record(&store, "M1", TWO, 1).await);
    store.close().await;
    db.tamper("CREATE INDEX messages_id ON messages (session_id, id)").await;
    db.tamper("DROP TABLE deletions").await;
    db.tamper("DELETE FROM schema_migrations WHERE number >= 16").await;
    let store = db.open().await;
    assert!(!record(&store, "M1", ONE, 0).await && !record(&store, "M1", TWO, 1).await, "both are known");
    assert!(record(&store, "M2", ONE, 2).await);
    store.close().await;
    if db.kind == Kind::Mariadb {
        // As after a crash between dropping the index and the record of it.
        db.tamper("DROP TABLE deletions").await;
        db.tamper("DELETE FROM schema_migrations WHERE number > 16").await;
        db.tamper("UPDATE schema_migrations SET steps_done = 1 WHERE number = 16").await;
    }
    let store = db.open().await;
    let page = messages::page(store.reader(), &session_id("a"), &MessageFilter::default(), 9).await.unwrap();
    let ids: Vec<_> = page.iter().map(|row| row.message.id.0.as_str()).collect();
    assert_eq!(ids, ["M2", "M1", "M1"]);
}

async fn messages_are_paged_newest_first(db: TestDb) {
    let store = opened(&db).await;
    for (id, chat, second) in [("A", ONE, 1), ("B", TWO, 2), ("C", ONE, 3), ("D", ONE, 3), ("E", ONE, 4)] {
        record(&store, id, chat, second).await;
    }
    let ids = async |filter: MessageFilter, limit: u64| -> Vec<String> {
        let page = messages::page(store.reader(), &session_id("a"), &filter, limit).await.unwrap();
        page.into_iter().map(|row| row.message.id.0).collect()
    };
    assert_eq!(ids(MessageFilter::default(), 2).await, ["E", "D"]);
    let third = NOW.after(Duration::from_secs(3));
    let before = MessageFilter { before: Some((third, MessageId("D".to_owned()))), ..MessageFilter::default() };
    assert_eq!(ids(before, 9).await, ["C", "B", "A"]);
    let chat = MessageFilter { chat: Some(party(TWO).jid.to_string()), ..MessageFilter::default() };
    assert_eq!(ids(chat, 9).await, ["B"]);
    let none = MessageFilter { status: Some(MessageStatus::Sent), ..MessageFilter::default() };
    assert!(ids(none, 9).await.is_empty());
}

async fn a_status_only_moves_forward(db: TestDb) {
    let store = opened(&db).await;
    record(&store, "M", ONE, 0).await;
    let advance = async |to: MessageStatus| {
        write!(store, |tx| messages::advance(tx, &session_id("a"), &MessageId("M".to_owned()), to, NOW, None).await)
    };
    assert!(advance(MessageStatus::Sending).await);
    assert!(advance(MessageStatus::Sent).await);
    assert!(advance(MessageStatus::Read).await);
    assert!(!advance(MessageStatus::Delivered).await, "a late receipt");
    assert!(!advance(MessageStatus::Read).await, "a repeated receipt");
    let row = messages::find_own(store.reader(), &session_id("a"), &MessageId("M".to_owned())).await.unwrap().unwrap();
    assert_eq!(row.status, MessageStatus::Read);
}

fn open_row(id: &str, chat: &str) -> OutboxRow {
    OutboxRow {
        id: MessageId(id.to_owned()),
        chat: party(chat).jid,
        finished: format!("bytes of {id}").into_bytes(),
        attempts: 0,
    }
}

async fn the_outbox_keeps_the_order_of_a_chat(db: TestDb) {
    let store = opened(&db).await;
    let rows = [
        ("1", ONE, Priority::Normal),
        ("2", TWO, Priority::Normal),
        ("3", ONE, Priority::Normal),
        ("4", TWO, Priority::Reply),
    ];
    for (place, (id, chat, priority)) in (0i64..).zip(rows) {
        write!(store, |tx| outbox::insert(tx, &session_id("a"), &open_row(id, chat), place, priority).await);
    }
    let claim = async |limit: u64| -> Vec<String> {
        let rows = write!(store, |tx| outbox::claim(tx, &session_id("a"), limit).await);
        rows.into_iter().map(|row| row.id.0).collect()
    };
    assert_eq!(claim(2).await, ["2", "4"], "a reply hurries its chat, in its order");
    put_back(&store, &[], &[]).await;
    assert_eq!(claim(9).await, ["2", "4", "1", "3"]);
    assert!(claim(9).await.is_empty());
    let a = session_id("a");
    assert!(outbox::is_sending(store.reader(), &a, &MessageId("1".to_owned())).await.unwrap());
    assert!(!write!(store, |tx| outbox::cancel(tx, &session_id("a"), &MessageId("1".to_owned())).await));
    assert!(write!(store, |tx| outbox::remove(tx, &session_id("a"), &MessageId("1".to_owned())).await));
    assert_eq!(outbox::depth(store.reader(), &a).await.unwrap(), 3);
    assert!(outbox::waiting(store.reader()).await.unwrap().is_empty());
    assert!(!outbox::any_waiting(store.reader(), &a).await.unwrap());
    put_back(&store, &[], &["2"]).await;
    assert!(outbox::is_sending(store.reader(), &a, &MessageId("2".to_owned())).await.unwrap(), "but for this one");
    put_back(&store, &[], &[]).await;
    assert!(outbox::any_waiting(store.reader(), &a).await.unwrap());
    assert_eq!(outbox::waiting(store.reader()).await.unwrap(), [a]);
    let rows = write!(store, |tx| outbox::claim(tx, &session_id("a"), 1).await);
    assert_eq!(rows[0], OutboxRow { attempts: 0, ..open_row("2", TWO) }, "it was claimed three times and never begun");
}

async fn put_back(store: &Store, attempts: &'static [(&'static str, i64)], except: &'static [&'static str]) {
    write!(store, |tx| {
        let id = |name: &&str| MessageId((*name).to_owned());
        let attempts: Vec<_> = attempts.iter().map(|(name, count)| (id(name), *count)).collect();
        let except: Vec<_> = except.iter().map(id).collect();
        outbox::put_back(tx, &session_id("a"), &attempts, &except).await
    });
}

async fn an_attempt_counts_when_it_has_begun(db: TestDb) {
    let store = opened(&db).await;
    for (place, id) in (0i64..).zip(["1", "2", "3", "4"]) {
        write!(store, |tx| outbox::insert(tx, &session_id("a"), &open_row(id, ONE), place, Priority::Normal).await);
    }
    let claim = async |limit: u64| -> Vec<i64> {
        let rows = write!(store, |tx| outbox::claim(tx, &session_id("a"), limit).await);
        rows.into_iter().map(|row| row.attempts).collect()
    };
    let cancel = async |id: &'static str| {
        write!(store, |tx| outbox::cancel(tx, &session_id("a"), &MessageId(id.to_owned())).await)
    };
    assert_eq!(claim(3).await, [0, 0, 0]);
    assert!(!cancel("3").await, "its attempt may begin now");
    put_back(&store, &[("1", 2), ("2", 1)], &[]).await;
    assert_eq!(claim(3).await, [2, 1, 0]);
    assert_eq!(write!(store, |tx| outbox::recover(tx, &session_id("a")).await), 3);
    assert_eq!(claim(2).await, [3, 2]);
    assert!(!cancel("3").await, "an attempt may have begun before the crash");
    assert!(cancel("4").await);
}

const MINUTE: Duration = Duration::from_secs(60);

async fn acquire(store: &Store, holder: &'static str, lasts: Duration) -> Option<i64> {
    write!(store, |tx| leases::acquire(tx, &session_id("a"), holder, Some("10.0.0.1:7000"), lasts).await)
}

async fn a_lease_has_one_holder(db: TestDb) {
    let store = opened(&db).await;
    assert_eq!(acquire(&store, "one", MINUTE).await, Some(1));
    assert_eq!(acquire(&store, "two", MINUTE).await, None);
    assert_eq!(acquire(&store, "one", MINUTE).await, Some(2), "its own, after a restart");
    assert!(write!(store, |tx| leases::is_current(tx, &session_id("a"), 2).await));
    assert!(!write!(store, |tx| leases::is_current(tx, &session_id("a"), 1).await));
    assert!(!write!(store, |tx| leases::is_current(tx, &session_id("b"), 1).await));
    let lease = leases::find(store.reader(), &session_id("a")).await.unwrap().unwrap();
    assert_eq!((lease.holder.as_str(), lease.epoch, lease.expired), ("one", 2, false));
    assert_eq!(lease.address.as_deref(), Some("10.0.0.1:7000"));
}

async fn a_lease_is_renewed_and_given_up(db: TestDb) {
    let store = opened(&db).await;
    acquire(&store, "one", MINUTE).await;
    let renewed = write!(store, |tx| leases::renew(tx, "one", Duration::from_secs(90)).await);
    assert_eq!(renewed, [(session_id("a"), 1)]);
    assert!(write!(store, |tx| leases::renew(tx, "two", MINUTE).await).is_empty());
    assert!(!write!(store, |tx| leases::release(tx, &session_id("a"), 7).await), "an older epoch gives nothing up");
    assert!(write!(store, |tx| leases::release(tx, &session_id("a"), 1).await));
    assert!(leases::find(store.reader(), &session_id("a")).await.unwrap().unwrap().expired);
    assert!(!write!(store, |tx| leases::is_current(tx, &session_id("a"), 1).await));
    assert!(write!(store, |tx| leases::renew(tx, "one", MINUTE).await).is_empty(), "what ran out is not renewed");
    assert_eq!(acquire(&store, "two", MINUTE).await, Some(2));
}

async fn a_lease_that_changes_hands_is_noticed_within_a_transaction(db: TestDb) {
    let store = opened(&db).await;
    acquire(&store, "one", MINUTE).await;
    let seen = write!(store, |tx| {
        let a = session_id("a");
        let first = leases::is_current(tx, &a, 1).await?;
        let again = leases::is_current(tx, &a, 1).await?;
        leases::release(tx, &a, 1).await?;
        let released = leases::is_current(tx, &a, 1).await?;
        let epoch = leases::acquire(tx, &a, "two", None, MINUTE).await?;
        Ok((first, again, released, epoch, leases::is_current(tx, &a, 1).await?, leases::is_current(tx, &a, 2).await?))
    });
    assert_eq!(seen, (true, true, false, Some(2), false, true));
}

async fn a_request_is_remembered(db: TestDb) {
    let store = opened(&db).await;
    let used = |message: &str| idempotency::Used {
        fingerprint: "f".to_owned(),
        message: MessageId(message.to_owned()),
        at: NOW,
    };
    let remember = async |message: &'static str| {
        write!(store, |tx| {
            let used = used(message);
            idempotency::remember(tx, &session_id("a"), "key", &used).await
        })
    };
    assert_eq!(remember("M1").await, None);
    assert_eq!(remember("M2").await, Some(used("M1")));
    let later = NOW.after(MINUTE);
    assert_eq!(write!(store, |tx| idempotency::prune(tx, later).await), 1);
    assert_eq!(idempotency::find(store.reader(), &session_id("a"), "key").await.unwrap(), None);
}
