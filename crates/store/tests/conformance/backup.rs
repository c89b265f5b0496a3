//! Backups: from every database into every other, under the same master key, whole or not at all.

use std::{io::BufReader, path::Path};

use switchboard_model::{SessionId, Timestamp};
use switchboard_store::{
    DatabaseUrl, MasterKey, Store, StoreError, StoreOptions, auth_state, backup, events,
    events::EventFilter,
    leases,
    sessions::{self, SessionFilter},
};

use crate::database::{TestDb, session_id, with_sessions};

on_each_database!(
    a_backup_goes_into_another_kind_of_database,
    a_backup_from_another_kind_of_database_comes_in,
    nobody_holds_anything_after_a_restore,
);

#[derive(Debug, PartialEq)]
struct Held {
    sessions: Vec<SessionId>,
    state: Vec<(String, String, Vec<u8>)>,
    events: Vec<events::EventRow>,
}

async fn held(store: &Store) -> Held {
    let db = store.reader();
    let sessions = sessions::list(db, &SessionFilter::default(), None, 10).await.unwrap();
    Held {
        sessions: sessions.into_iter().map(|session| session.id).collect(),
        state: auth_state::everything(db, &session_id("a")).await.unwrap(),
        events: events::after(db, 0, &EventFilter::default(), 10).await.unwrap(),
    }
}

async fn fill(store: &Store) {
    with_sessions(store, &["a", "b"]).await;
    store
        .write(|tx| {
            Box::pin(async move {
                let id = session_id("a");
                auth_state::put(tx, &id, "keys", "1", &[0, 255, 10]).await?;
                auth_state::put(tx, &id, "keys", "2", b"").await?;
                events::append(tx, &id, "test.kind", Timestamp::from_secs(5), "déjà vu".as_bytes()).await?;
                leases::acquire(tx, &id, "one", Some("http://one"), std::time::Duration::from_secs(600)).await?;
                leases::acquire(tx, &session_id("b"), "handover:x", None, std::time::Duration::from_secs(600)).await
            })
        })
        .await
        .unwrap();
}

async fn dump(url: &str, key: &MasterKey) -> Vec<u8> {
    let url: DatabaseUrl = url.parse().unwrap();
    let mut file = Vec::new();
    let contents = backup::dump(&url, key.clone(), Timestamp::from_secs(9), &mut file).await.unwrap();
    assert!(contents.rows > 5 && contents.made_at == 9000, "{contents:?}");
    file
}

async fn load(store: &Store, file: Vec<u8>) -> Result<backup::Contents, StoreError> {
    let write = store.write(move |tx| {
        let file = file.clone();
        Box::pin(async move { backup::load(tx, BufReader::new(&file[..])).await })
    });
    write.await
}

async fn sqlite(folder: &Path, key: &MasterKey) -> (String, Store) {
    let url = format!("sqlite:{}", folder.join("other.db").display());
    let options = StoreOptions {
        url: url.parse().unwrap(),
        master_key: key.clone(),
        clock: std::sync::Arc::new(switchboard_model::SystemClock),
        read_connections: 2,
    };
    (url, Store::open(options).await.unwrap())
}

async fn a_backup_goes_into_another_kind_of_database(db: TestDb) {
    let (store, folder) = (db.open().await, tempfile::tempdir().unwrap());
    fill(&store).await;
    let before = held(&store).await;
    let (_, other) = sqlite(folder.path(), &db.key).await;
    assert!(backup::is_empty(other.reader()).await.unwrap() && !backup::is_empty(store.reader()).await.unwrap());
    load(&other, dump(&db.url, &db.key).await).await.unwrap();
    assert_eq!(held(&other).await, before);
}

async fn a_backup_from_another_kind_of_database_comes_in(db: TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let (url, other) = sqlite(folder.path(), &db.key).await;
    fill(&other).await;
    let file = dump(&url, &db.key).await;
    let store = db.open().await;
    let mut cut = file.clone();
    cut.truncate(file.len() - 1);
    assert!(matches!(load(&store, cut).await, Err(StoreError::Corrupt(_))));
    let mut changed = file.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert!(matches!(load(&store, changed).await, Err(StoreError::Corrupt(_))));
    assert!(matches!(load(&store, b"nothing of the kind".to_vec()).await, Err(StoreError::Invalid(_))));
    assert!(backup::is_empty(store.reader()).await.unwrap(), "what fails leaves nothing behind");
    load(&store, file).await.unwrap();
    assert_eq!(held(&store).await, held(&other).await);
}

async fn nobody_holds_anything_after_a_restore(db: TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let (url, other) = sqlite(folder.path(), &db.key).await;
    fill(&other).await;
    let file = dump(&url, &db.key).await;
    let store = db.open().await;
    load(&store, file.clone()).await.unwrap();
    let lease = async |id| leases::find(store.reader(), &session_id(id)).await.unwrap().unwrap();
    assert!(lease("a").await.holder.is_empty() && lease("a").await.expired);
    assert_eq!(lease("b").await.holder, "handover:x", "what was handed over stays with its holder");
    let newest = events::head(store.reader()).await.unwrap();
    assert!(newest > 1_000_000, "no reader of the log was as far as {newest}");
    let stranger = MasterKey::generate().unwrap();
    let dumped = backup::dump(&url.parse().unwrap(), stranger.clone(), Timestamp::from_secs(9), Vec::new()).await;
    assert!(matches!(dumped, Err(StoreError::WrongMasterKey)), "{dumped:?}");
    let strange = tempfile::tempdir().unwrap();
    let (_, elsewhere) = sqlite(strange.path(), &stranger).await;
    assert!(matches!(load(&elsewhere, file).await, Err(StoreError::WrongMasterKey)));
}
