//! Which gateways live, and what none of them runs, the same on every database.

use std::time::Duration;

use switchboard_model::{Desired, SessionState, Timestamp};
use switchboard_store::{
    Store,
    gateways::{self, GatewayRow},
    leases, sessions,
};

use crate::database::{TestDb, session_id, with_sessions};

on_each_database!(a_gateway_lives_as_long_as_it_beats, what_nobody_runs_is_found);

const LONG: Duration = Duration::from_secs(600);

fn gateway(id: &str, sessions: i64) -> GatewayRow {
    GatewayRow { id: id.to_owned(), address: Some(format!("http://{id}:8080")), sessions }
}

async fn beat(store: &Store, row: GatewayRow) {
    let beat = store.write(move |tx| {
        let row = row.clone();
        Box::pin(async move { gateways::beat(tx, &row).await })
    });
    beat.await.unwrap();
}

async fn living(store: &Store) -> Vec<GatewayRow> {
    let mut living = gateways::living(store.reader(), LONG).await.unwrap();
    living.sort_by(|one, other| one.id.cmp(&other.id));
    living
}

async fn a_gateway_lives_as_long_as_it_beats(db: TestDb) {
    let store = db.open().await;
    for (id, sessions) in [("a", 3), ("b", 0), ("a", 4)] {
        beat(&store, gateway(id, sessions)).await;
    }
    assert_eq!(living(&store).await, [gateway("a", 4), gateway("b", 0)]);
    store.write(|tx| Box::pin(gateways::remove(tx, "a"))).await.unwrap();
    assert_eq!(living(&store).await, [gateway("b", 0)]);
    db.tamper("UPDATE gateways SET seen_at = seen_at - 700000").await;
    assert_eq!(living(&store).await, []);
    assert_eq!(store.write(|tx| Box::pin(gateways::prune(tx, 2 * LONG))).await.unwrap(), 0);
    assert_eq!(store.write(|tx| Box::pin(gateways::prune(tx, LONG))).await.unwrap(), 1);
}

async fn want(store: &Store, id: &str, desired: Desired) {
    let id = session_id(id);
    let want = store.write(move |tx| {
        let id = id.clone();
        Box::pin(async move { sessions::set_desired(tx, &id, desired, Timestamp::from_secs(1)).await })
    });
    assert!(want.await.unwrap());
}

async fn what_nobody_runs_is_found(db: TestDb) {
    let store = db.open().await;
    with_sessions(&store, &["a", "b"]).await;
    let abandoned = async || gateways::any_abandoned(store.reader(), &["logged_out"]).await.unwrap();
    for id in ["a", "b"] {
        want(&store, id, Desired::Disconnected).await;
    }
    assert!(!abandoned().await, "nobody wants them");
    let (a, now) = (session_id("a"), Timestamp::from_secs(1));
    want(&store, "a", Desired::Connected).await;
    assert!(abandoned().await);
    let take = a.clone();
    let epoch = store
        .write(move |tx| {
            let a = take.clone();
            Box::pin(async move { leases::acquire(tx, &a, "one", None, LONG).await })
        })
        .await
        .unwrap()
        .unwrap();
    assert!(!abandoned().await);
    let held = gateways::held(store.reader()).await.unwrap();
    assert_eq!(held.into_iter().collect::<Vec<_>>(), [(a.clone(), "one".to_owned())]);
    let end = a.clone();
    store
        .write(move |tx| {
            let a = end.clone();
            Box::pin(async move { leases::release(tx, &a, epoch).await })
        })
        .await
        .unwrap();
    assert!(abandoned().await && gateways::held(store.reader()).await.unwrap().is_empty());
    store
        .write(move |tx| {
            let a = a.clone();
            let ended = SessionState::LoggedOut { reason: "by the phone".to_owned() };
            Box::pin(async move { sessions::set_state(tx, &a, &ended, now).await })
        })
        .await
        .unwrap();
    assert!(!abandoned().await, "it cannot be connected");
}
