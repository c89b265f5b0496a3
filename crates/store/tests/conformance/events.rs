//! Positions: without gap, in commit order, whoever writes.

use std::collections::HashMap;

use futures_util::future::join_all;
use switchboard_model::{Origin, Session, Timestamp, UserId};
use switchboard_store::{
    Store, StoreError,
    deletions::{self, DeletionFilter},
    events::{self, Appended, EventFilter},
};

use crate::database::{Kind, TestDb, session, session_id};

on_each_database!(
    positions_have_no_gap_though_commands_fail,
    a_follower_of_two_writers_misses_nothing,
    the_log_is_filtered_and_paged,
    followers_are_woken_after_the_commit,
    positions_go_on_after_pruning,
    the_end_of_a_session_is_found_by_whose_it_was,
);

const AT: Timestamp = Timestamp::from_secs(1_700_000_000);

async fn append(store: &Store, session: &'static str, count: usize, fail: bool) -> Result<Vec<Appended>, StoreError> {
    store
        .write(move |tx| {
            Box::pin(async move {
                let mut appended = Vec::new();
                for i in 0..count {
                    let payload = format!("{session} {i}");
                    appended.push(
                        events::append(tx, &session_id(session), "message.received", AT, payload.as_bytes()).await?,
                    );
                }
                if fail { Err(StoreError::Invalid("on purpose".to_owned())) } else { Ok(appended) }
            })
        })
        .await
}

async fn positions_have_no_gap_though_commands_fail(db: TestDb) {
    let store = db.open().await;
    let sessions = ["a", "b", "c"];
    let appends = (0..300).map(|i| append(&store, sessions[i % 3], 1 + i % 4, i % 7 == 0));
    let mut given: Vec<Appended> = join_all(appends).await.into_iter().filter_map(Result::ok).flatten().collect();
    given.sort_by_key(|event| event.pos);
    let stored = events::after(store.reader(), 0, &EventFilter::default(), 10_000).await.unwrap();
    assert_eq!(stored.len(), given.len());
    assert_eq!(events::head(store.reader()).await.unwrap(), i64::try_from(given.len()).unwrap());
    let mut seqs = HashMap::new();
    for (i, (row, appended)) in stored.iter().zip(&given).enumerate() {
        assert_eq!(row.pos, i64::try_from(i).unwrap() + 1);
        assert_eq!((row.pos, &row.id), (appended.pos, &appended.id));
        let seq = seqs.entry(row.session.clone()).or_insert(0);
        *seq += 1;
        assert_eq!(row.seq, *seq);
        assert!(String::from_utf8_lossy(&row.payload).starts_with(row.session.as_str()));
    }
}

/// Two replicas on the shared databases; two lanes of one writer on SQLite.
async fn a_follower_of_two_writers_misses_nothing(db: TestDb) {
    const EACH: usize = 150;
    let one = db.open().await;
    let two = if db.kind == Kind::Sqlite { one.clone() } else { db.open().await };
    let reader = one.clone();
    let follower = tokio::spawn(async move {
        let mut seen = Vec::new();
        while seen.len() < 2 * EACH {
            let last = seen.last().copied().unwrap_or(0);
            let page = events::after(reader.reader(), last, &EventFilter::default(), 7).await.unwrap();
            seen.extend(page.iter().map(|event| event.pos));
            tokio::task::yield_now().await;
        }
        seen
    });
    let appends = (0..EACH).flat_map(|_| [append(&one, "a", 1, false), append(&two, "b", 1, false)]);
    assert!(join_all(appends).await.iter().all(Result::is_ok));
    let wanted: Vec<i64> = (1..=2 * i64::try_from(EACH).unwrap()).collect();
    assert_eq!(follower.await.unwrap(), wanted);
}

async fn the_log_is_filtered_and_paged(db: TestDb) {
    let store = db.open().await;
    append(&store, "a", 3, false).await.unwrap();
    append(&store, "B", 2, false).await.unwrap();
    append(&store, "b", 1, false).await.unwrap();
    let only = |sessions: &[&str]| EventFilter {
        sessions: Some(sessions.iter().map(|id| session_id(id)).collect()),
        ..EventFilter::default()
    };
    let positions = async |after: i64, filter: &EventFilter, limit: u64| -> Vec<i64> {
        let page = events::after(store.reader(), after, filter, limit).await.unwrap();
        page.into_iter().map(|event| event.pos).collect()
    };
    assert_eq!(positions(0, &only(&["B"]), 10).await, [4, 5], "ids are case-sensitive");
    assert_eq!(positions(2, &only(&["a", "b"]), 10).await, [3, 6]);
    let and_one = EventFilter { positions: vec![2], ..only(&["B"]) };
    assert_eq!(positions(0, &and_one, 10).await, [2, 4, 5]);
    assert_eq!(positions(2, &and_one, 10).await, [4, 5]);
    assert_eq!(positions(0, &EventFilter::default(), 2).await, [1, 2]);
    assert!(positions(0, &only(&[]), 10).await.is_empty());
    let kinds = EventFilter { kinds: Some(vec!["session.qr".to_owned()]), ..EventFilter::default() };
    assert!(positions(0, &kinds, 10).await.is_empty());
    let earlier = async |before: i64, filter: &EventFilter, limit: u64| -> Vec<i64> {
        let page = events::before(store.reader(), before, filter, limit).await.unwrap();
        page.into_iter().map(|event| event.pos).collect()
    };
    assert_eq!(earlier(7, &EventFilter::default(), 2).await, [6, 5]);
    assert_eq!(earlier(6, &only(&["a", "b"]), 10).await, [3, 2, 1]);
    assert!(earlier(1, &EventFilter::default(), 10).await.is_empty());
}

async fn followers_are_woken_after_the_commit(db: TestDb) {
    let store = db.open().await;
    let mut newest = store.subscribe();
    assert_eq!(*newest.borrow_and_update(), 0);
    append(&store, "a", 2, false).await.unwrap();
    newest.changed().await.unwrap();
    assert_eq!(*newest.borrow_and_update(), 2);
    drop(append(&store, "a", 1, true).await);
    assert!(!newest.has_changed().unwrap());
    if db.kind != Kind::Sqlite {
        append(&db.open().await, "a", 1, false).await.unwrap();
        assert_eq!(store.look_for_events().await.unwrap(), 3);
        assert_eq!(*newest.borrow_and_update(), 3);
    }
    store.close().await;
    assert_eq!(*db.open().await.subscribe().borrow(), if db.kind == Kind::Sqlite { 2 } else { 3 });
}

async fn positions_go_on_after_pruning(db: TestDb) {
    let store = db.open().await;
    append(&store, "a", 5, false).await.unwrap();
    let prune = async |limit: u64| {
        let later = AT.after(std::time::Duration::from_secs(1));
        store
            .write_bulk(move |tx| Box::pin(async move { events::prune(tx, later, i64::MAX, limit).await }))
            .await
            .unwrap()
    };
    assert_eq!(prune(2).await, 2);
    assert_eq!(events::oldest(store.reader()).await.unwrap(), Some(3));
    assert_eq!(prune(10).await, 3);
    assert_eq!(events::oldest(store.reader()).await.unwrap(), None);
    let next = append(&store, "a", 1, false).await.unwrap();
    assert_eq!(next[0].pos, 6);
    assert_eq!(events::at(store.reader(), 6).await.unwrap().unwrap().seq, 6);
}

async fn the_end_of_a_session_is_found_by_whose_it_was(db: TestDb) {
    let store = db.open().await;
    let delete = async |pos: i64, id: &'static str, owner: i64, origin: Origin| {
        let ended = Session { owner: UserId(owner), origin, ..session(id) };
        let written = store.write(move |tx| {
            let ended = ended.clone();
            Box::pin(async move { deletions::insert(tx, pos, &ended).await })
        });
        written.await.unwrap();
    };
    delete(3, "a", 1, Origin::Native).await;
    delete(5, "b", 2, Origin::WaApi).await;
    delete(7, "A", 2, Origin::Native).await;
    let found = async |filter: DeletionFilter, within, limit| {
        deletions::positions(store.reader(), &filter, within, limit).await.unwrap()
    };
    let of = |owner| DeletionFilter { owner: Some(UserId(owner)), ..DeletionFilter::default() };
    assert_eq!(found(of(2), 0..10, 10).await, [7, 5]);
    assert_eq!(found(of(2), 0..7, 10).await, [5]);
    assert_eq!(found(of(2), 6..10, 10).await, [7]);
    assert_eq!(found(DeletionFilter::default(), 0..10, 2).await, [7, 5]);
    let open = DeletionFilter { origin: Some(Origin::WaApi), ..DeletionFilter::default() };
    assert_eq!(found(open, 0..10, 10).await, [5]);
    let named = DeletionFilter { session: Some(session_id("a")), ..DeletionFilter::default() };
    assert_eq!(found(named.clone(), 0..10, 10).await, [3], "ids are case-sensitive");

    delete(9, "a", 2, Origin::Native).await;
    assert_eq!(found(named, 0..10, 10).await, [9], "of one id the last end is known");
    let pruned = store.write(|tx| Box::pin(async move { deletions::prune(tx, 7).await }));
    assert_eq!(pruned.await.unwrap(), 2);
    assert_eq!(found(DeletionFilter::default(), 0..10, 10).await, [9]);
}
