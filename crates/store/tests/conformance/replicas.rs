//! Several programs on one database: deadlocks and cut connections end well, and leave nothing half-done behind.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use futures_util::{FutureExt, future::BoxFuture, join};
use sea_orm::Statement;
use switchboard_store::{Conn, Dialect, Store, StoreError, Tx, auth_state};
use tokio::sync::Barrier;

use crate::database::{TestDb, session_id, with_sessions};

on_each_database!(@ postgres Postgres: a_deadlock_is_repeated, a_deadlock_between_savepoints_is_repeated, a_cut_connection_is_repeated, a_connection_cut_between_changes_is_not_noticed);
on_each_database!(@ mariadb Mariadb: a_deadlock_is_repeated, a_deadlock_between_savepoints_is_repeated, a_cut_connection_is_repeated, a_connection_cut_between_changes_is_not_noticed);

async fn put(tx: &mut Tx, id: &str, value: &str) -> Result<(), StoreError> {
    auth_state::put(tx, &session_id("a"), "replicas", id, value.as_bytes()).await
}

/// Writes both rows in the given order; the first time it meets the other writer in between.
fn crossing<'a>(
    store: &'a Store,
    order: [&'static str; 2],
    name: &'static str,
    meet: Arc<Barrier>,
) -> impl Future<Output = Result<(), StoreError>> + 'a {
    let first_run = Arc::new(AtomicBool::new(true));
    store.write(move |tx| {
        let (meet, first_run) = (meet.clone(), first_run.clone());
        Box::pin(async move {
            put(tx, order[0], name).await?;
            if first_run.swap(false, Ordering::SeqCst) {
                meet.wait().await;
            }
            put(tx, order[1], name).await
        })
    })
}

async fn prepared(db: &TestDb) -> (Store, Store) {
    let (one, two) = (db.open().await, db.open().await);
    with_sessions(&one, &["a"]).await;
    one.write(|tx| {
        Box::pin(async move {
            put(tx, "x", "nobody").await?;
            put(tx, "y", "nobody").await
        })
    })
    .await
    .unwrap();
    (one, two)
}

async fn values(store: &Store) -> Vec<String> {
    let values = auth_state::list(store.reader(), &session_id("a"), "replicas", "").await.unwrap();
    values.into_iter().map(|(_, value)| String::from_utf8(value).unwrap()).collect()
}

async fn a_deadlock_is_repeated(db: TestDb) {
    let (one, two) = prepared(&db).await;
    let meet = Arc::new(Barrier::new(2));
    let (a, b) = join!(crossing(&one, ["x", "y"], "one", meet.clone()), crossing(&two, ["y", "x"], "two", meet));
    a.unwrap();
    b.unwrap();
    let values = values(&one).await;
    assert_eq!(values[0], values[1], "the transactions did not mix");
    nothing_commits_by_itself(&one).await;
    nothing_commits_by_itself(&two).await;
}

async fn a_deadlock_between_savepoints_is_repeated(db: TestDb) {
    let (one, two) = prepared(&db).await;
    let meet = Arc::new(Barrier::new(2));
    let failing = |store: &Store| -> BoxFuture<'static, Result<(), StoreError>> {
        let store = store.clone();
        async move { store.write(|_| Box::pin(async { Err(StoreError::Invalid("no".to_owned())) })).await }.boxed()
    };
    // Queued in this order before the writers look, each pair is a batch whose first command forces savepoints.
    let (fail_one, fail_two) = (failing(&one), failing(&two));
    let (a, b) = (crossing(&one, ["x", "y"], "one", meet.clone()), crossing(&two, ["y", "x"], "two", meet));
    let (no_one, a, no_two, b) = join!(fail_one, a, fail_two, b);
    assert!(no_one.is_err() && no_two.is_err());
    a.unwrap();
    b.unwrap();
    let values = values(&two).await;
    assert_eq!(values[0], values[1]);
    nothing_commits_by_itself(&one).await;
    nothing_commits_by_itself(&two).await;
}

async fn a_cut_connection_is_repeated(db: TestDb) {
    let (one, two) = prepared(&db).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = runs.clone();
    one.write(move |tx| {
        let (run, two) = (counter.fetch_add(1, Ordering::SeqCst), two.clone());
        Box::pin(async move {
            put(tx, "x", &format!("run {run}")).await?;
            if run == 0 {
                cut(tx, &two).await?;
            }
            put(tx, "y", &format!("run {run}")).await
        })
    })
    .await
    .unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(values(&one).await, ["run 1", "run 1"]);
    nothing_commits_by_itself(&one).await;
}

async fn a_connection_cut_between_changes_is_not_noticed(db: TestDb) {
    let (one, two) = prepared(&db).await;
    let own = one.write(|tx| Box::pin(async move { own_connection(tx).await })).await.unwrap();
    two.write(move |tx| Box::pin(async move { end(tx, own).await })).await.unwrap();
    one.write(|tx| Box::pin(async move { put(tx, "x", "after").await })).await.unwrap();
    assert_eq!(values(&one).await, ["after", "nobody"]);
    assert!(one.durability_doubts().await.unwrap().iter().all(|doubt| doubt.contains("power loss")));
    one.ping().await.unwrap();
}

/// Ends the connection of a transaction from another one.
async fn cut(tx: &mut Tx, other: &Store) -> Result<(), StoreError> {
    let own = own_connection(tx).await?;
    other.write(move |tx| Box::pin(async move { end(tx, own).await })).await
}

async fn own_connection(tx: &mut Tx) -> Result<i64, StoreError> {
    let sql = match tx.dialect() {
        Dialect::Postgres => "SELECT CAST(pg_backend_pid() AS bigint) AS id",
        _ => "SELECT CAST(CONNECTION_ID() AS SIGNED) AS id",
    };
    tx.all_raw(Statement::from_string(tx.dialect(), sql)).await?.remove(0).get("id")
}

async fn end(tx: &mut Tx, connection: i64) -> Result<(), StoreError> {
    let sql = match tx.dialect() {
        Dialect::Postgres => format!("SELECT pg_terminate_backend({connection})"),
        _ => format!("KILL {connection}"),
    };
    tx.execute_raw(Statement::from_string(tx.dialect(), sql)).await.map(drop)
}

/// What a failed command did is gone: the connection has not lost its transaction.
async fn nothing_commits_by_itself(store: &Store) {
    let before = values(store).await;
    let failed: Result<(), StoreError> = store
        .write(|tx| {
            Box::pin(async move {
                put(tx, "x", "half").await?;
                put(tx, "z", "half").await?;
                Err(StoreError::Invalid("on purpose".to_owned()))
            })
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(values(store).await, before);
}
