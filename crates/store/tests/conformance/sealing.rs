//! What lies in the database tells nothing without the master key, and opens in its own place only.

use switchboard_model::{SessionId, Timestamp};
use switchboard_store::{MasterKey, Store, StoreError, auth_state, events, jwt_keys, sessions};

use crate::database::{Kind, TestDb, session, session_id, with_sessions};

on_each_database!(
    a_swapped_row_does_not_open,
    another_master_key_is_refused,
    rekeying_goes_on_underneath,
    a_replica_with_the_old_key_stops_sealing_for_new_sessions,
    keys_of_a_rolled_back_command_are_not_kept,
    the_key_of_a_forgotten_session_goes_with_it,
);

async fn put(store: &Store, session: &'static str, id: &'static str, value: &'static [u8]) -> Result<(), StoreError> {
    store
        .write(move |tx| {
            // The date tells the rows apart for somebody who tampers with them: their ids are hidden.
            let due_at = Some(if id == "two" { 2 } else { 1 });
            Box::pin(
                async move { auth_state::put_dated(tx, &session_id(session), "session", [(id, value, due_at)]).await },
            )
        })
        .await
}

async fn get(store: &Store, session: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    auth_state::get(store.reader(), &session_id(session), "session", id).await
}

async fn a_swapped_row_does_not_open(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    put(&store, "a", "one", b"secret of one").await.unwrap();
    put(&store, "a", "two", b"secret of two").await.unwrap();
    put(&store, "b", "one", b"secret of b").await.unwrap();
    assert_eq!(get(&store, "a", "one").await.unwrap().as_deref(), Some(&b"secret of one"[..]));
    swap(&db, "due_at = 2 AND session_id = 'a'", "due_at = 1 AND session_id = 'a'").await;
    assert!(matches!(get(&store, "a", "one").await, Err(StoreError::Sealed { table: "engine_state", .. })));
    assert!(get(&store, "a", "two").await.is_ok());
    swap(&db, "session_id = 'a' AND due_at = 2", "session_id = 'b'").await;
    assert!(matches!(get(&store, "b", "one").await, Err(StoreError::Sealed { .. })));
    db.tamper("UPDATE engine_state SET value = ''").await;
    // To an SQLite file it may also be a text where bytes belong.
    assert!(matches!(get(&store, "a", "two").await, Err(StoreError::Sealed { .. } | StoreError::Corrupt(_))));
}

/// Copies a value from one row into another.
async fn swap(db: &TestDb, from: &str, to: &str) {
    let source = format!("(SELECT value FROM (SELECT * FROM engine_state) AS s WHERE {from})");
    db.tamper(&format!("UPDATE engine_state SET value = {source} WHERE {to}")).await;
}

async fn another_master_key_is_refused(db: TestDb) {
    let store = db.open().await;
    store.close().await;
    let other = db.with_key(MasterKey::generate().unwrap());
    let error = other.try_open().await.err().unwrap();
    assert!(matches!(error, StoreError::WrongMasterKey), "{error}");
    assert!(db.try_open().await.is_ok());
}

async fn rekeying_goes_on_underneath(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    put(&store, "a", "one", b"before").await.unwrap();
    let new = MasterKey::generate().unwrap();
    store.rekey(new.clone()).await.unwrap();
    put(&store, "a", "two", b"after").await.unwrap();
    assert_eq!(get(&store, "a", "one").await.unwrap().unwrap(), b"before");
    store
        .write(|tx| Box::pin(async move { jwt_keys::insert(tx, "k1", &vec![7; 32].into(), jwt_time()).await }))
        .await
        .unwrap();
    store.close().await;
    assert!(matches!(db.try_open().await.err().unwrap(), StoreError::WrongMasterKey));
    let reopened = db.with_key(new).open().await;
    assert_eq!(get(&reopened, "a", "one").await.unwrap().unwrap(), b"before");
    assert_eq!(get(&reopened, "a", "two").await.unwrap().unwrap(), b"after");
    assert_eq!(jwt_keys::list(reopened.reader()).await.unwrap().len(), 1);
}

fn jwt_time() -> Timestamp {
    Timestamp::from_secs(1)
}

async fn a_replica_with_the_old_key_stops_sealing_for_new_sessions(db: TestDb) {
    if db.kind == Kind::Sqlite {
        // One process owns an SQLite file; a replica that lost its key is a wrong key at open.
        return another_master_key_is_refused(db).await;
    }
    let (old, new) = (db.open().await, db.open().await);
    with_sessions(&old, &["a"]).await;
    new.rekey(MasterKey::generate().unwrap()).await.unwrap();
    put(&old, "a", "one", b"known scope").await.unwrap();
    let error = append(&old, "fresh", false).await.unwrap_err();
    assert!(matches!(error, StoreError::WrongMasterKey), "{error}");
    assert_eq!(get(&new, "a", "one").await.unwrap().unwrap(), b"known scope");
}

async fn append(store: &Store, session: &'static str, fail: bool) -> Result<(), StoreError> {
    store
        .write(move |tx| {
            Box::pin(async move {
                events::append(tx, &session_id(session), "session.created", jwt_time(), b"{}").await?;
                if fail { Err(StoreError::Invalid("on purpose".to_owned())) } else { Ok(()) }
            })
        })
        .await
}

async fn keys_of_a_rolled_back_command_are_not_kept(db: TestDb) {
    let store = db.open().await;
    append(&store, "a", true).await.unwrap_err();
    append(&store, "a", false).await.unwrap();
    store.close().await;
    let reopened = db.open().await;
    let events = events::after(reopened.reader(), 0, &events::EventFilter::default(), 10).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].payload, b"{}");
}

async fn the_key_of_a_forgotten_session_goes_with_it(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    put(&store, "a", "one", b"secret").await.unwrap();
    let tell = store.write(|tx| {
        Box::pin(
            async move { events::append(tx, &session_id("a"), "session.deleted", Timestamp::default(), b"{}").await },
        )
    });
    tell.await.unwrap();
    assert!(store.leftover_keys().await.unwrap().is_empty());
    store.write(|tx| Box::pin(async move { sessions::delete(tx, &session_id("a")).await })).await.unwrap();
    assert!(store.leftover_keys().await.unwrap().is_empty(), "the log still tells of it");
    store.write(|tx| Box::pin(async move { events::forget(tx, &session_id("a")).await })).await.unwrap();
    let leftover = store.leftover_keys().await.unwrap();
    assert_eq!(leftover.iter().map(SessionId::as_str).collect::<Vec<_>>(), ["a"]);
    assert_eq!(store.forget_keys(leftover.clone()).await.unwrap(), 1);
    assert!(store.leftover_keys().await.unwrap().is_empty());

    // A session of the same id begins with another key, and is nobody's leftover.
    store.write(|tx| Box::pin(async move { sessions::insert(tx, &session("a")).await })).await.unwrap();
    put(&store, "a", "one", b"new secret").await.unwrap();
    assert_eq!(store.forget_keys(leftover).await.unwrap(), 0);
    store.close().await;
    assert_eq!(get(&db.open().await, "a", "one").await.unwrap().as_deref(), Some(&b"new secret"[..]));
}
