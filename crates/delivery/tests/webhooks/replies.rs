//! What receivers answer, and what follows from it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use switchboard_core::{Error, Replay};
use switchboard_delivery::{Body, Encoders, Schedule, Settings};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{DeliveryState, WebhookState};
use switchboard_store::Store;

use crate::{
    house::{ADMIN, House, core, quick, to},
    receiver::{Answer, Receiver, sequences},
};

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone() {
    let house = House::open().await;
    let session = house.session("a").await;
    let receiver = Receiver::start(|_| 410.into());
    let id = house.webhook(to(receiver.url())).await.webhook.id;
    house.emit(&session, 5).await;
    let deliveries = house.until(|all| all.iter().any(|d| d.state == DeliveryState::Dead)).await;
    assert_eq!(deliveries.iter().filter(|d| d.state == DeliveryState::Pending).count(), 4, "the rest waits");
    let disabled = async || house.core.webhook(&ADMIN, &id).await.unwrap().state == WebhookState::Disabled;
    while !disabled().await {
        tokio::task::yield_now().await;
    }
    house.emit(&session, 1).await;
    assert_eq!(house.deliveries().await.len(), 5, "nothing gathers any more");
    assert_eq!(receiver.seen().len(), 1);
    house.core.resume_webhook(&ADMIN, &id).await.unwrap();
    receiver.until(|seen| seen.len() == 2).await;
}

#[tokio::test]
async fn a_receiver_is_given_the_time_it_asks_for() {
    let house = House::open().await;
    let sessions = house.sessions(2).await;
    let busy = |_: &_| Answer { headers: vec![("retry-after", "2".to_owned())], ..Answer::from(503) };
    let receiver = Receiver::start(move |seen| if seen.number == 0 { busy(seen) } else { 200.into() });
    house.webhook(to(receiver.url())).await;
    house.emit(&sessions[0], 1).await;
    receiver.until(|seen| !seen.is_empty()).await;
    house.until(|all| all[0].attempts == 1).await;
    // Also what had not failed yet waits with it: the receiver is busy, not this one event.
    house.emit(&sessions[1], 1).await;
    let seen = receiver.accepted(2).await;
    let waited = seen[1].at - seen[0].at;
    // Times are kept in whole milliseconds.
    assert!(waited >= Duration::from_millis(1999), "{waited:?}");
}

#[tokio::test]
async fn redirects_are_failures_and_what_is_dead_can_be_replayed() {
    let settings =
        Settings { schedule: Schedule { pauses: vec![Duration::from_millis(20); 2], jitter: 0.0 }, ..quick() };
    let house = House::with(Store::in_memory().await.unwrap(), settings).await;
    let session = house.session("a").await;
    let mended = Arc::new(AtomicBool::new(false));
    let broken = mended.clone();
    let receiver = Receiver::start(move |_| {
        let moved = Answer { headers: vec![("location", "/elsewhere".to_owned())], ..Answer::from(302) };
        if broken.load(Ordering::SeqCst) { 200.into() } else { moved }
    });
    let id = house.webhook(to(receiver.url())).await.webhook.id;
    house.emit(&session, 2).await;
    let deliveries = house.until(|all| all.iter().all(|d| d.state == DeliveryState::Dead)).await;
    for delivery in &deliveries {
        let last = delivery.last.as_ref().unwrap();
        assert_eq!((delivery.attempts, last.status), (3, Some(302)));
        assert!(last.error.as_ref().unwrap().contains("redirects are not followed"), "{last:?}");
    }
    assert!(receiver.seen().iter().all(|seen| seen.path == "/hook"));
    mended.store(true, Ordering::SeqCst);
    assert_eq!(house.core.replay_deliveries(&ADMIN, &id, Replay::Dead).await, Ok(2));
    let seen = receiver.accepted(2).await;
    assert_eq!(sequences(&seen)["a"], [2, 3]);
    assert_eq!(seen.iter().filter(|seen| seen.id() == deliveries[0].event.0).count(), 4, "under the id it had");
    house.until(|all| all.iter().all(|d| d.state == DeliveryState::Delivered)).await;
    assert_eq!(house.core.replay_deliveries(&ADMIN, &id, Replay::One(deliveries[1].position)).await, Ok(1));
    receiver.accepted(3).await;
}

#[tokio::test]
async fn events_that_a_dialect_has_no_words_for_are_skipped() {
    let encoders = Encoders::new(|event| {
        let text = serde_json::to_value(event).ok()?;
        let odd = text["data"]["code"].as_str()?.parse::<i64>().ok()? % 2 == 1;
        odd.then(|| Body::json(text.to_string().into_bytes()))
    });
    let egress = Egress::new(EgressPolicy::with_loopback()).unwrap();
    let house = House::start(core(Store::in_memory().await.unwrap(), egress, "one").await, encoders, quick());
    let session = house.session("a").await;
    let receiver = Receiver::start(|_| 200.into());
    house.webhook(to(receiver.url())).await;
    house.emit(&session, 6).await;
    let deliveries = house.until(|all| all.iter().all(|d| d.state != DeliveryState::Pending)).await;
    let states: Vec<_> = deliveries.iter().map(|d| d.state.as_str()).collect();
    assert_eq!(states, ["skipped", "delivered", "skipped", "delivered", "skipped", "delivered"]);
    assert_eq!(receiver.seen().len(), 3);
}

#[tokio::test]
async fn a_webhook_can_be_tried() {
    let house = House::open().await;
    let receiver = Receiver::start(|seen| if seen.number == 0 { 200.into() } else { 418.into() });
    let id = house.webhook(to(receiver.url())).await.webhook.id;
    let outcome = house.core.test_webhook(&ADMIN, &id).await.unwrap();
    assert_eq!((outcome.status, outcome.error), (Some(200), None));
    assert_eq!(receiver.seen()[0].json()["type"], "webhook.test");
    let outcome = house.core.test_webhook(&ADMIN, &id).await.unwrap();
    assert_eq!((outcome.status, outcome.error.as_deref()), (Some(418), Some("HTTP 418")));
    assert!(matches!(house.core.test_webhook(&ADMIN, "nobody").await, Err(Error::NotFound { .. })));
    assert!(house.deliveries().await.is_empty(), "a trial leaves nothing behind");
}

#[tokio::test]
async fn connections_serve_more_than_one_delivery() {
    let house = House::open().await;
    let session = house.session("a").await;
    let receiver = Receiver::start(|_| 200.into());
    house.webhook(to(receiver.url())).await;
    house.emit(&session, 30).await;
    receiver.accepted(30).await;
    assert!(receiver.connections() <= 2, "{}", receiver.connections());
}
