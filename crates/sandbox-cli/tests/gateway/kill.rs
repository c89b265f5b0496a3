//! Killed at random moments while messages flow both ways, the gateway loses none and doubles none.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rand::RngExt as _;

use super::{
    gateway::{Gateway, Order},
    network::Sandbox,
    traffic::{self, Pairing},
};

const SESSIONS: usize = 50;
const EACH_WAY: usize = 40;
const KILLS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    let data = tempfile::tempdir().unwrap();
    survives(|network| Order::new(network, data.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let data = tempfile::tempdir().unwrap();
    let database = super::database::Postgres::create();
    survives(|network| Order::new(network, data.path()).with("DATABASE_URL", database.url())).await;
}

async fn survives(order: impl Fn(&str) -> Order) {
    let sandbox = Arc::new(Sandbox::start().await);
    let mut gateway = Gateway::start(order(&sandbox.url())).await;
    let pairs: Vec<_> = (0..SESSIONS).map(Pairing::numbered).collect();
    let client = gateway.client();
    for pair in &pairs {
        sandbox.phone(&pair.peer).await;
        client.pair(&sandbox, &pair.session, &pair.number).await;
    }
    let progress = Arc::new(AtomicUsize::new(0));
    let out: Vec<_> = pairs
        .iter()
        .map(|pair| tokio::spawn(traffic::send_out(client.clone(), pair.clone(), EACH_WAY, Arc::clone(&progress))))
        .collect();
    let come_in: Vec<_> = pairs
        .iter()
        .map(|pair| {
            let (sandbox, pair, progress) = (Arc::clone(&sandbox), pair.clone(), Arc::clone(&progress));
            tokio::spawn(async move { traffic::send_in(&sandbox, &pair, EACH_WAY, &progress).await })
        })
        .collect();
    kill_along(&mut gateway, &progress).await;
    let mut copies = 0;
    for (pair, sent) in pairs.iter().zip(out) {
        copies += traffic::check_out(&sandbox, pair, &sent.await.unwrap()).await;
    }
    for written in come_in {
        written.await.unwrap();
    }
    check_in(&gateway, &pairs).await;
    let messages = SESSIONS * EACH_WAY;
    println!("{messages} messages out in {copies} raw copies, {messages} in, {KILLS} kills");
}

/// Kills the gateway at random places of the way, while messages flow.
async fn kill_along(gateway: &mut Gateway, progress: &AtomicUsize) {
    let all = 2 * SESSIONS * EACH_WAY;
    for kill in 0..KILLS {
        let stretch = all * 9 / 10 / KILLS;
        let place = kill * stretch + rand::rng().random_range(0..stretch);
        while progress.load(Ordering::SeqCst) < place {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        gateway.kill_and_restart().await;
    }
}

/// Every message to a session stands in the log once, in the order it was written.
async fn check_in(gateway: &Gateway, pairs: &[Pairing]) {
    let expected: Vec<_> = (0..EACH_WAY).map(|n| format!("in {n}")).collect();
    let client = gateway.client();
    let complete = async {
        loop {
            let events = client.events("message.received").await;
            let received = traffic::received(&events);
            if pairs.iter().all(|pair| received.get(&pair.session).is_some_and(|texts| texts.len() >= EACH_WAY)) {
                return events;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let events = tokio::time::timeout(Duration::from_secs(90), complete).await.expect("every message comes in");
    traffic::check_log(&events);
    let received = traffic::received(&events);
    for pair in pairs {
        assert_eq!(received[&pair.session], expected, "{}", pair.session);
    }
    let lost = client.events("message.undecryptable").await;
    assert!(lost.is_empty(), "{} messages could not be decrypted", lost.len());
}
