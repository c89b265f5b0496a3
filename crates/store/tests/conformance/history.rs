//! Pieces of a past that wait to be imported, the same on every database.

use std::sync::Arc;

use switchboard_store::{
    Store,
    history::{self, Done},
};

use crate::database::{TestDb, session_id, with_sessions};

on_each_database!(pieces_are_imported_in_the_order_they_came,);

async fn insert(store: &Store, body: Vec<u8>) {
    let body = Arc::new(body);
    let written = store.write(move |tx| {
        let body = Arc::clone(&body);
        Box::pin(async move { history::insert(tx, &session_id("a"), "recent", 50, &body).await })
    });
    written.await.unwrap();
}

async fn set_done(store: &Store, id: &str, done: Done) {
    let id = id.to_owned();
    let written = store.write(move |tx| {
        let id = id.clone();
        Box::pin(async move { history::set_done(tx, &session_id("a"), &id, done).await })
    });
    written.await.unwrap();
}

async fn remove(store: &Store, id: &str) -> bool {
    let id = id.to_owned();
    let removed = store.write(move |tx| {
        let id = id.clone();
        Box::pin(async move { history::remove(tx, &session_id("a"), &id).await })
    });
    removed.await.unwrap()
}

async fn pieces_are_imported_in_the_order_they_came(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    let (a, large) = (session_id("a"), vec![7; 100_000]);
    insert(&store, large.clone()).await;
    insert(&store, b"second".to_vec()).await;
    let first = history::next(store.reader(), &a).await.unwrap().unwrap();
    assert_eq!((first.kind.as_str(), first.progress, first.done), ("recent", 50, Done::default()));
    assert_eq!(first.body, large);
    assert_eq!(history::waiting(store.reader()).await.unwrap(), std::slice::from_ref(&a));
    assert_eq!(history::next(store.reader(), &session_id("b")).await.unwrap(), None);

    let done = Done { chats: 2, messages: 150 };
    set_done(&store, &first.id, done).await;
    assert_eq!(history::next(store.reader(), &a).await.unwrap().unwrap().done, done);
    assert!(remove(&store, &first.id).await);
    assert!(!remove(&store, &first.id).await, "one importer alone can finish it");
    assert_eq!(history::next(store.reader(), &a).await.unwrap().unwrap().body, b"second");
}
