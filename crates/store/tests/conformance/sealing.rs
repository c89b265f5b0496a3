//! What lies in the database tells nothing without the master key, and opens in its own place only.

use switchboard_store::{MasterKey, Store, StoreError, auth_state, events, jwt_keys};

use crate::database::{Kind, TestDb, session_id, with_sessions};

on_each_database!(
    a_swapped_row_does_not_open,
    another_master_key_is_refused,
    rekeying_goes_on_underneath,
    a_replica_with_the_old_key_stops_sealing_for_new_sessions,
    keys_of_a_rolled_back_command_are_not_kept,
);

async fn put(store: &Store, session: &'static str, id: &'static str, value: &'static [u8]) -> Result<(), StoreError> {
    store
        .write(move |tx| Box::pin(async move { auth_state::put(tx, &session_id(session), "session", id, value).await }))
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
    swap(&db, "key_id = 'two' AND session_id = 'a'", "key_id = 'one' AND session_id = 'a'").await;
    assert!(matches!(get(&store, "a", "one").await, Err(StoreError::Sealed { table: "auth_state", .. })));
    assert!(get(&store, "a", "two").await.is_ok());
    swap(&db, "session_id = 'a' AND key_id = 'two'", "session_id = 'b'").await;
    assert!(matches!(get(&store, "b", "one").await, Err(StoreError::Sealed { .. })));
    db.tamper("UPDATE auth_state SET key_value = ''").await;
    assert!(matches!(get(&store, "a", "two").await, Err(StoreError::Sealed { .. })));
}

/// Copies a value from one row into another.
async fn swap(db: &TestDb, from: &str, to: &str) {
    let source = format!("(SELECT key_value FROM (SELECT * FROM auth_state) AS s WHERE {from})");
    db.tamper(&format!("UPDATE auth_state SET key_value = {source} WHERE {to}")).await;
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

fn jwt_time() -> switchboard_model::Timestamp {
    switchboard_model::Timestamp::from_secs(1)
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
