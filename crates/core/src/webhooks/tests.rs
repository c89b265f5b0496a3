//! Subscriptions and what they gather, on a real store.

use std::time::Duration;

use secrecy::ExposeSecret;
use switchboard_model::{DeliveryState, SessionId, WebhookDialect, WebhookState};
use switchboard_store::deliveries::{Attempt, work::Settlement};

use super::{DeliveryQuery, Desk, NewWebhook, Replay, WebhookChange, WebhookQuery};
use crate::{Caller, Core, Error, testing::Office};

const URL: &str = "https://93.184.216.34/hook";

fn to(url: &str) -> NewWebhook {
    NewWebhook { url: url.to_owned(), ..NewWebhook::default() }
}

async fn kinds(core: &Core, caller: &Caller) -> Vec<String> {
    let deliveries = core.deliveries(caller, DeliveryQuery::default()).await.expect("deliveries");
    deliveries.into_iter().rev().map(|delivery| delivery.kind).collect()
}

fn desk(office: &Office) -> Desk {
    office.core.delivery_desk(&Caller::System).expect("the gateway's own")
}

async fn secrets(office: &Office) -> Vec<String> {
    let desk = desk(office);
    desk.hold(Duration::from_secs(5)).await.expect("held");
    let endpoints = desk.endpoints().await.expect("endpoints");
    endpoints[0].secrets_at(office.clock_now()).map(|secret| secret.expose_secret().to_owned()).collect()
}

#[tokio::test]
async fn events_gather_for_those_who_subscribed() {
    let office = Office::open().await;
    let (anna, ben) = (office.user("anna").await, office.user("ben").await);
    office.session(&anna, "before").await;
    office.core.create_webhook(&anna, to(URL)).await.expect("made");
    let only_qr = NewWebhook { events: vec!["session.qr".to_owned()], ..to(URL) };
    office.core.create_webhook(&anna, only_qr).await.expect("made");
    office.session(&anna, "after").await;
    office.session(&ben, "bens").await;
    assert_eq!(kinds(&office.core, &anna).await, ["session.created"]);
    assert!(kinds(&office.core, &ben).await.is_empty());
    office.core.delete_session(&anna, &"after".parse().unwrap()).await.expect("deleted");
    assert_eq!(kinds(&office.core, &anna).await.last().map(String::as_str), Some("session.deleted"));
}

#[tokio::test]
async fn a_webhook_goes_with_its_session() {
    let office = Office::open().await;
    let anna = office.user("anna").await;
    let session = office.session(&anna, "a").await;
    let bound = NewWebhook { session: Some(session.clone()), ..to(URL) };
    office.core.create_webhook(&anna, bound).await.expect("made");
    office.core.delete_session(&anna, &session).await.expect("deleted");
    office.session(&anna, "a").await;
    assert!(office.core.webhooks(&anna, WebhookQuery::default()).await.expect("listed").is_empty());
    assert!(kinds(&office.core, &anna).await.is_empty(), "a session of the same id is another session");
}

#[tokio::test]
async fn another_owners_webhook_does_not_exist() {
    let office = Office::open().await;
    let (anna, ben) = (office.user("anna").await, office.user("ben").await);
    let session = office.session(&anna, "a").await;
    let id = office.core.create_webhook(&anna, to(URL)).await.expect("made").webhook.id;
    let unknown = |error: Error| assert_eq!(error, Error::not_found("webhook", id.clone()));
    unknown(office.core.webhook(&ben, &id).await.unwrap_err());
    unknown(office.core.delete_webhook(&ben, &id).await.unwrap_err());
    unknown(office.core.replay_deliveries(&ben, &id, Replay::Dead).await.unwrap_err());
    let theirs = NewWebhook { session: Some(session), ..to(URL) };
    assert_eq!(office.core.create_webhook(&ben, theirs).await.unwrap_err().code(), "not_found");
    assert_eq!(office.core.create_webhook(&Caller::Open, to(URL)).await.unwrap_err().code(), "forbidden");
    assert!(office.core.delivery_desk(&anna).is_err());
}

#[tokio::test]
async fn addresses_that_are_not_public_are_refused() {
    let office = Office::open().await;
    let anna = office.user("anna").await;
    for url in ["http://127.0.0.1/", "http://10.1.2.3/x", "http://169.254.169.254/", "http://[::1]/", "ftp://x", "no"] {
        let error = office.core.create_webhook(&anna, to(url)).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid { field, .. } if field == "url"), "{url}: {error:?}");
    }
    let id = office.core.create_webhook(&anna, to(URL)).await.expect("made").webhook.id;
    let change = WebhookChange { url: Some("http://[::ffff:127.0.0.1]/".to_owned()), ..WebhookChange::default() };
    assert_eq!(office.core.update_webhook(&anna, &id, change).await.unwrap_err().code(), "invalid");
    assert_eq!(office.core.webhook(&anna, &id).await.expect("there").url, URL);
}

#[tokio::test]
async fn rotating_lets_both_secrets_sign_for_a_while() {
    let office = Office::open().await;
    let anna = office.user("anna").await;
    let first = office.core.create_webhook(&anna, to(URL)).await.expect("made");
    let hour = Duration::from_secs(3600);
    let second = office.core.rotate_webhook_secret(&anna, &first.webhook.id, Some(hour)).await.expect("rotated");
    let (first, second_value) = (first.secret.expose_secret().to_owned(), second.secret.expose_secret().to_owned());
    assert!(first.starts_with("whsec_") && first != second_value);
    assert_eq!(secrets(&office).await, [second_value.clone(), first]);
    office.clock.advance(hour);
    assert_eq!(secrets(&office).await, std::slice::from_ref(&second_value));
    let third = office.core.rotate_webhook_secret(&anna, &second.webhook.id, Some(Duration::ZERO)).await.expect("now");
    assert_eq!(secrets(&office).await, [third.secret.expose_secret().to_owned()]);
}

#[tokio::test]
async fn a_session_has_one_webhook_of_its_own() {
    let office = Office::open().await;
    let anna = office.user("anna").await;
    let session: SessionId = office.session(&anna, "a").await;
    let set = async |url| office.core.set_session_webhook(&anna, &session, url).await.expect("set");
    assert!(set("").await.is_none());
    assert!(set(URL).await.is_some(), "shown when first set");
    assert!(set("https://93.184.216.34/other").await.is_none());
    let webhook = office.core.session_webhook(&anna, &session).await.expect("read").expect("there");
    assert_eq!((webhook.url.as_str(), webhook.dialect), ("https://93.184.216.34/other", WebhookDialect::Multisession));
    assert!(set("").await.is_none());
    assert_eq!(office.core.session_webhook(&anna, &session).await.expect("read"), None);
    assert!(set(URL).await.is_some(), "a new one has a new secret");
}

#[tokio::test]
async fn what_is_disabled_gathers_nothing_and_resuming_ends_that() {
    let office = Office::open().await;
    let anna = office.user("anna").await;
    let id = office.core.create_webhook(&anna, to(URL)).await.expect("made").webhook.id;
    office.core.pause_webhook(&anna, &id).await.expect("paused");
    office.session(&anna, "paused").await;
    desk(&office).disable(&id, "410").await.expect("disabled");
    let webhook = office.core.pause_webhook(&anna, &id).await.expect("no change");
    assert_eq!((webhook.state, webhook.reason.as_deref()), (WebhookState::Disabled, Some("410")));
    office.session(&anna, "disabled").await;
    assert_eq!(office.core.resume_webhook(&anna, &id).await.expect("resumed").state, WebhookState::Active);
    office.session(&anna, "active").await;
    let deliveries = office.core.deliveries(&anna, DeliveryQuery::default()).await.expect("deliveries");
    let sessions: Vec<_> = deliveries.iter().map(|delivery| delivery.session.as_str()).collect();
    assert_eq!(sessions, ["active", "paused"]);
}

#[tokio::test]
async fn only_settled_deliveries_are_replayed() {
    let office = Office::open().await;
    let anna = office.user("anna").await;
    let id = office.core.create_webhook(&anna, to(URL)).await.expect("made").webhook.id;
    office.session(&anna, "a").await;
    let desk = desk(&office);
    let lane = desk.lanes_of(&id).await.expect("lanes").remove(0);
    let row = desk.head_of(&lane, 1).await.expect("head").remove(0);
    let replay = async |which| office.core.replay_deliveries(&anna, &id, which).await;
    assert_eq!(replay(Replay::One(row.pos)).await.unwrap_err().code(), "conflict");
    assert_eq!(replay(Replay::One(row.pos + 1)).await.unwrap_err().code(), "not_found");
    let attempt = Attempt { at: office.clock_now(), status: Some(500), latency_ms: 1, error: None };
    desk.settle(&row, Settlement::Dead, attempt).await.expect("settled");
    let changes = desk.changes();
    assert_eq!(replay(Replay::Dead).await, Ok(1));
    assert!(changes.has_changed().expect("open"), "the worker looks at once");
    let query = DeliveryQuery { state: Some(DeliveryState::Pending), ..DeliveryQuery::default() };
    assert_eq!(office.core.deliveries(&anna, query).await.expect("listed").len(), 1);
}
