//! Commands share commits, and nothing else.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join_all;
use switchboard_model::UserId;
use switchboard_store::{Store, StoreError, users};
use tokio::sync::Notify;

use crate::database::{TestDb, session, user};

on_each_database!(
    a_failing_command_leaves_its_neighbours_alone,
    a_panic_stops_one_command_only,
    a_failed_statement_cannot_be_glossed_over,
    a_command_fails_with_its_callers_own_error,
    many_callers_share_a_transaction,
    bulk_work_waits_its_turn_and_gets_it,
    closing_finishes_what_was_taken,
    text_with_nul_is_refused_alike,
    a_caller_that_goes_away_disturbs_nobody,
);

async fn add(store: &Store, name: String) -> Result<UserId, StoreError> {
    store
        .write(move |tx| {
            let user = user(&name);
            Box::pin(async move { users::insert(tx, &user).await })
        })
        .await
}

async fn names(store: &Store) -> Vec<String> {
    users::list(store.reader(), UserId(0), 10_000).await.unwrap().into_iter().map(|user| user.username).collect()
}

async fn a_failing_command_leaves_its_neighbours_alone(db: TestDb) {
    let store = db.open().await;
    add(&store, "taken".to_owned()).await.unwrap();
    let name = |i: usize| if i.is_multiple_of(5) { "taken".to_owned() } else { format!("user{i:03}") };
    let answers = join_all((0..200).map(|i| add(&store, name(i)))).await;
    for (i, answer) in answers.iter().enumerate() {
        let refused = matches!(answer, Err(StoreError::Conflict(_)));
        assert_eq!(refused, i % 5 == 0, "{i}: {answer:?}");
    }
    assert_eq!(names(&store).await.len(), 161);
}

async fn a_panic_stops_one_command_only(db: TestDb) {
    let store = db.open().await;
    let panics = |store: Store| async move {
        store
            .write::<(), _>(|tx| {
                Box::pin(async move {
                    users::insert(tx, &user("half")).await?;
                    panic!("a bug")
                })
            })
            .await
    };
    let answers =
        join_all(
            (0..40).map(|i| {
                let store = store.clone();
                async move {
                    if i % 10 == 0 { panics(store).await } else { add(&store, format!("user{i}")).await.map(drop) }
                }
            }),
        )
        .await;
    let panicked = answers.iter().filter(|a| matches!(a, Err(StoreError::Panicked(text)) if text == "a bug")).count();
    assert_eq!(panicked, 4);
    assert_eq!(names(&store).await.len(), 36, "the writer goes on, and what the panicking commands did is gone");
}

async fn a_failed_statement_cannot_be_glossed_over(db: TestDb) {
    let store = db.open().await;
    add(&store, "taken".to_owned()).await.unwrap();
    let answer = store
        .write(|tx| {
            Box::pin(async move {
                users::insert(tx, &user("new")).await?;
                drop(users::insert(tx, &user("taken")).await);
                Ok(())
            })
        })
        .await;
    assert!(matches!(answer, Err(StoreError::Conflict(_))), "{answer:?}");
    assert_eq!(names(&store).await, ["taken"]);
}

#[derive(Debug, PartialEq)]
enum OwnError {
    NotToday,
    Store(String),
}

impl From<StoreError> for OwnError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

async fn a_command_fails_with_its_callers_own_error(db: TestDb) {
    let store = db.open().await;
    let refused: Result<(), OwnError> = store
        .try_write(|tx| {
            Box::pin(async move {
                users::insert(tx, &user("half")).await?;
                Err(OwnError::NotToday)
            })
        })
        .await;
    assert_eq!(refused, Err(OwnError::NotToday));
    assert!(names(&store).await.is_empty());
}

async fn many_callers_share_a_transaction(db: TestDb) {
    let store = db.open().await;
    let (entered, gate) = hold(&store);
    entered.notified().await;
    let tags = join_all_after(&store, 100, &gate).await;
    let first = &tags[0];
    assert!(tags.iter().all(|tag| tag == first), "what waited together was committed together");
}

/// Occupies the writer until told to go on.
fn hold(store: &Store) -> (Arc<Notify>, Arc<Notify>) {
    let (entered, gate) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (store, signal, wait) = (store.clone(), entered.clone(), gate.clone());
    tokio::spawn(async move {
        let held = store.write(move |_| {
            let (signal, wait) = (signal.clone(), wait.clone());
            Box::pin(async move {
                signal.notify_one();
                wait.notified().await;
                Ok(())
            })
        });
        held.await.unwrap();
    });
    (entered, gate)
}

/// Queues commands while the writer is held; each answers with the transaction's address in memory.
async fn join_all_after(store: &Store, count: usize, gate: &Notify) -> Vec<usize> {
    let commands = (0..count).map(|i| {
        store.write(move |tx| {
            let (user, batch) = (user(&format!("user{i}")), std::ptr::from_ref(tx) as usize);
            Box::pin(async move { users::insert(tx, &user).await.map(|_| batch) })
        })
    });
    let mut all = Box::pin(join_all(commands));
    // Polls every command once, which queues it.
    assert!(futures_util::poll!(&mut all).is_pending());
    gate.notify_one();
    all.await.into_iter().collect::<Result<_, _>>().unwrap()
}

async fn bulk_work_waits_its_turn_and_gets_it(db: TestDb) {
    let store = db.open().await;
    let (entered, gate) = hold(&store);
    entered.notified().await;
    let turn = Arc::new(AtomicUsize::new(0));
    let take = |turn: &Arc<AtomicUsize>| turn.fetch_add(1, Ordering::SeqCst);
    let counter = turn.clone();
    let bulk = store.write_bulk(move |_| {
        let turn = take(&counter);
        Box::pin(async move { Ok(turn) })
    });
    let everyday = join_all((0..1000).map(|_| {
        let counter = turn.clone();
        store.write(move |_| {
            let turn = take(&counter);
            Box::pin(async move { Ok(turn) })
        })
    }));
    // Unconstrained: one look queues all of them, where the runtime would stop it at its budget.
    let mut both = Box::pin(tokio::task::unconstrained(futures_util::future::join(bulk, everyday)));
    assert!(futures_util::poll!(&mut both).is_pending());
    gate.notify_one();
    let (bulk, everyday) = both.await;
    let bulk = bulk.unwrap();
    assert_eq!(everyday.len(), 1000);
    assert!(bulk >= 256, "a full batch of everyday commands came first, the bulk command was number {bulk}");
}

async fn closing_finishes_what_was_taken(db: TestDb) {
    let store = db.open().await;
    let mut adds = Box::pin(join_all((0..50).map(|i| add(&store, format!("user{i}")))));
    assert!(futures_util::poll!(&mut adds).is_pending());
    store.close().await;
    assert!(adds.await.iter().all(Result::is_ok));
    assert!(matches!(add(&store, "late".to_owned()).await, Err(StoreError::Closed)));
    assert_eq!(names(&db.open().await).await.len(), 50);
}

async fn text_with_nul_is_refused_alike(db: TestDb) {
    let store = db.open().await;
    let error = add(&store, "a\0b".to_owned()).await.unwrap_err();
    assert!(matches!(error, StoreError::Invalid(_)), "{error}");
    assert!(error.to_string().contains("NUL"));
    let found = users::find_by_name(store.reader(), "a\0b").await;
    assert!(matches!(found, Err(StoreError::Invalid(_))));
    let mut named = session("s");
    named.name = "\u{1F600} smile".to_owned();
    add(&store, named.name.clone()).await.unwrap();
    assert_eq!(names(&store).await, [named.name]);
}

async fn a_caller_that_goes_away_disturbs_nobody(db: TestDb) {
    let store = db.open().await;
    let mut leaving = Box::pin(add(&store, "left".to_owned()));
    assert!(futures_util::poll!(&mut leaving).is_pending());
    drop(leaving);
    add(&store, "stayed".to_owned()).await.unwrap();
    assert_eq!(names(&store).await, ["left", "stayed"]);
}
