//! Order, and what happens to it when receivers fail.

use std::{net::TcpListener, time::Duration};

use switchboard_core::NewWebhook;
use switchboard_delivery::Settings;
use switchboard_model::{DeliveryState, WebhookMode};
use switchboard_store::Store;

use crate::{
    house::{House, quick, to},
    receiver::{Answer, Receiver, accepted, sequences},
};

#[tokio::test]
async fn events_of_a_session_arrive_in_order_though_attempts_fail() {
    let house = House::open().await;
    let sessions = house.sessions(5).await;
    let receiver = Receiver::start(|seen| if seen.number % 7 == 3 { 500.into() } else { 200.into() });
    house.webhook(to(receiver.url())).await;
    for _ in 0..10 {
        for session in &sessions {
            house.emit(session, 4).await;
        }
    }
    let seen = receiver.accepted(200).await;
    for (session, sequence) in sequences(&seen) {
        // The first event told of the session's making, before anybody subscribed.
        assert_eq!(sequence, (2..=41).collect::<Vec<_>>(), "{session}");
    }
    let deliveries = house.until(|all| all.iter().all(|d| d.state == DeliveryState::Delivered)).await;
    assert_eq!(deliveries.len(), 200);
    for (delivery, seen) in deliveries.iter().zip(accepted(&seen).map(|seen| seen.id()).collect::<Vec<_>>()) {
        assert_eq!(delivery.attempts, 1 + failures(&receiver, &delivery.event.0), "{seen}");
    }
}

fn failures(receiver: &Receiver, id: &str) -> i64 {
    receiver.seen().iter().filter(|seen| seen.id() == id && seen.status == 500).count().try_into().unwrap()
}

#[tokio::test]
async fn in_parallel_nobody_waits_for_what_fails() {
    let house = House::open().await;
    let session = house.session("a").await;
    let receiver = Receiver::start(|seen| if seen.seq() == 2 && seen.number < 60 { 500.into() } else { 200.into() });
    house.webhook(NewWebhook { mode: WebhookMode::Parallel, ..to(receiver.url()) }).await;
    house.emit(&session, 50).await;
    let seen = receiver.accepted(49).await;
    assert!(accepted(&seen).all(|seen| seen.seq() != 2));
    house.emit(&session, 50).await;
    let seen = receiver.accepted(100).await;
    let mut all = sequences(&seen).remove("a").unwrap();
    all.sort_unstable();
    assert_eq!(all, (2..=101).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_receiver_that_comes_back_gets_everything_in_order_and_gently() {
    let house = House::open().await;
    let sessions = house.sessions(20).await;
    // Nobody listens there yet.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    house.webhook(to(format!("http://{address}/hook"))).await;
    for session in &sessions {
        house.emit(session, 10).await;
    }
    house.until(|all| all.iter().map(|d| d.attempts).sum::<i64>() > 8).await;
    let slow = |_: &_| Answer { after: Duration::from_millis(2), ..Answer::from(200) };
    let receiver = Receiver::start_on(address, slow);
    house.until(|all| all.iter().all(|d| d.state == DeliveryState::Delivered)).await;
    let seen = receiver.accepted(200).await;
    assert_eq!(seen.len(), 200, "nothing twice");
    for (session, sequence) in sequences(&seen) {
        assert_eq!(sequence, (2..=11).collect::<Vec<_>>(), "{session}");
    }
    assert_eq!(seen[0].together, 1, "one attempt goes ahead");
    assert!(seen[..4].iter().all(|seen| seen.together <= 4), "no stampede");
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_nobody_else_up() {
    let settings = Settings { at_once: 40, at_once_each: 8, timeout: Duration::from_millis(700), ..quick() };
    let house = House::with(Store::in_memory().await.unwrap(), settings).await;
    let sessions = house.sessions(20).await;
    let hangs = |_: &_| Answer { after: Duration::from_secs(60), ..Answer::from(200) };
    let (deaf, good) = (Receiver::start(hangs), Receiver::start(|_| 200.into()));
    house.webhook(to(deaf.url())).await;
    house.webhook(to(good.url())).await;
    for session in &sessions {
        house.emit(session, 10).await;
    }
    good.accepted(200).await;
    let waiting = house.deliveries().await.iter().filter(|d| d.state == DeliveryState::Pending).count();
    assert!(waiting >= 200, "the other one has nothing of it: {waiting}");
    assert!(deaf.seen().iter().all(|seen| seen.together <= 4), "and never had more than its first few at once");
}

#[tokio::test]
async fn a_long_backlog_is_read_page_by_page() {
    let house = House::with(Store::in_memory().await.unwrap(), Settings { page: 3, ..quick() }).await;
    let session = house.session("a").await;
    let receiver = Receiver::start(|_| 200.into());
    let webhook = house.webhook(to(receiver.url())).await.webhook;
    house.core.pause_webhook(&crate::house::ADMIN, &webhook.id).await.unwrap();
    house.emit(&session, 100).await;
    assert!(receiver.seen().is_empty());
    house.core.resume_webhook(&crate::house::ADMIN, &webhook.id).await.unwrap();
    let seen = receiver.accepted(100).await;
    assert_eq!(sequences(&seen)["a"], (2..=101).collect::<Vec<_>>());
}
