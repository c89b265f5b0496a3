//! Signatures, checked by the library that receivers use.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use secrecy::ExposeSecret;
use standardwebhooks::Webhook;
use switchboard_core::NewWebhook;

use crate::{
    house::{ADMIN, House, to},
    receiver::{Receiver, Seen},
};

fn verifies(secret: &str, seen: &Seen) -> bool {
    Webhook::new(secret).unwrap().verify(&seen.body, &seen.headers).is_ok()
}

#[tokio::test]
async fn deliveries_are_signed_and_carry_the_headers_asked_for() {
    let house = House::open().await;
    let session = house.session("a").await;
    let receiver = Receiver::start(|_| 200.into());
    let headers = vec![("X-Team".to_owned(), "sales".to_owned())];
    let issued = house.webhook(NewWebhook { headers, ..to(receiver.url()) }).await;
    house.emit(&session, 1).await;
    let seen = receiver.accepted(1).await.remove(0);
    assert!(verifies(issued.secret.expose_secret(), &seen));
    assert!(!verifies("whsec_b3RoZXI=", &seen));
    let mut altered = seen.clone();
    altered.body = b"{}".to_vec().into();
    assert!(!verifies(issued.secret.expose_secret(), &altered));
    assert_eq!(seen.headers["x-team"], "sales");
    assert_eq!(seen.headers["content-type"], "application/json");
    let event = seen.json();
    assert_eq!((event["id"].as_str(), event["type"].as_str()), (Some(seen.id()), Some("session.qr")));
    assert!(seen.signed_at().secs() > 1_700_000_000);
}

#[tokio::test]
async fn while_a_secret_takes_over_both_verify() {
    let house = House::open().await;
    let sessions = house.sessions(4).await;
    let receiver = Receiver::start(|_| 200.into());
    let first = house.webhook(to(receiver.url())).await;
    let (id, old) = (first.webhook.id.clone(), first.secret.expose_secret().to_owned());
    let emit = async |count| {
        for session in &sessions {
            house.emit(session, count).await;
        }
    };
    emit(10).await;
    receiver.accepted(5).await;
    let second = house.core.rotate_webhook_secret(&ADMIN, &id, Some(Duration::from_secs(60))).await.unwrap();
    let new = second.secret.expose_secret().to_owned();
    emit(10).await;
    let seen = receiver.accepted(80).await;
    assert!(seen.iter().all(|seen| verifies(&old, seen)), "who has not changed over yet misses nothing");
    emit(1).await;
    let seen = receiver.until(|seen| seen.len() >= 84 && verifies(&new, &seen[seen.len() - 1])).await;
    assert!(seen.iter().all(|seen| verifies(&old, seen)));
    let third = house.core.rotate_webhook_secret(&ADMIN, &id, Some(Duration::ZERO)).await.unwrap();
    let newest = third.secret.expose_secret().to_owned();
    while !receiver.seen().last().is_some_and(|seen| verifies(&newest, seen)) {
        let before = receiver.seen().len();
        emit(1).await;
        receiver.accepted(before + 4).await;
    }
    let last = receiver.seen().pop().unwrap();
    assert!(!verifies(&old, &last) && !verifies(&new, &last));
}

#[tokio::test]
async fn secrets_change_under_load_and_no_verification_fails() {
    let house = House::open().await;
    let sessions = house.sessions(8).await;
    // A receiver that is always one change late.
    let in_hand = Arc::new(Mutex::new(String::new()));
    let checks = in_hand.clone();
    let receiver =
        Receiver::start(move |seen| if verifies(&checks.lock().unwrap(), seen) { 200.into() } else { 401.into() });
    let issued = house.webhook(to(receiver.url())).await;
    let (id, mut newest) = (issued.webhook.id.clone(), issued.secret.expose_secret().to_owned());
    in_hand.lock().unwrap().clone_from(&newest);
    let (core, load) = (house.core.clone(), sessions.clone());
    let emitting = tokio::spawn(async move {
        for round in 0..500 {
            crate::house::emit(&core, &load[round % load.len()], 2).await;
        }
    });
    for change in 1..=6 {
        let issued = house.core.rotate_webhook_secret(&ADMIN, &id, Some(Duration::from_secs(60))).await.unwrap();
        receiver.until(|seen| seen.len() >= change * 120).await;
        let before = std::mem::replace(&mut newest, issued.secret.expose_secret().to_owned());
        *in_hand.lock().unwrap() = before;
    }
    emitting.await.unwrap();
    let seen = receiver.until(|seen| seen.len() >= 1000).await;
    assert!(seen.iter().all(|seen| seen.status == 200), "a verification failed");
    assert_eq!(seen.len(), 1000);
}
