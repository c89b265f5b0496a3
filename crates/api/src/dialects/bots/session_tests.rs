//! The document's requests about a session, and what must not be had.

use axum::http::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use switchboard_core::{Caller, NewKey};
use switchboard_model::UserId;

use crate::testing::{ADMIN, Answer, House};

const SESSION: &str = "/api/bots/bot-1/session";

async fn house() -> House {
    let house = House::with(super::router).await;
    house.linked("bot-1").await;
    house
}

impl House {
    async fn with_key(&self, method: Method, key: &str, body: Option<Value>) -> Answer {
        let ask = self.ask(method, SESSION).header("x-api-key", key);
        match body {
            Some(body) => ask.json(&body).send().await,
            None => ask.send().await,
        }
    }

    async fn trail(&self) -> Vec<String> {
        let trail = self.core.audit_trail(&Caller::System, None, None).await.expect("trail");
        let ours = trail.into_iter().rev().filter(|entry| entry.action.starts_with("session."));
        ours.map(|entry| format!("{} {}", entry.action, entry.detail)).collect()
    }
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    let body = answer.json();
    assert_eq!((answer.status.as_u16(), body["code"].as_str()), (status, Some(code)), "{body}");
    assert!(body.get("session").is_none() && body.get("token").is_none());
}

#[tokio::test]
async fn a_microservice_takes_the_session_and_gives_it_back() {
    let house = house().await;
    let key = house.key("bots", None).await;
    let taken = house.with_key(Method::GET, &key, None).await;
    assert_eq!(taken.header("cache-control"), "no-store");
    let taken = taken.ok(200);
    assert_eq!(taken["botId"], "bot-1");
    assert!(taken["session"]["creds"].is_object() && taken["session"]["keys"].is_object());
    assert!(taken["lease"]["id"].is_string() && taken["lease"]["epoch"].as_i64() > Some(0));
    assert_eq!(taken["expires_at"], taken["lease"]["expires_at"]);
    assert_eq!(taken["warnings"], json!([]));

    let renewed = house.with_key(Method::POST, &key, Some(json!({ "expiresIn": "24h" }))).await.ok(200);
    assert!(renewed["token"].is_string());
    assert!(renewed["expires_at"].as_str() > taken["expires_at"].as_str());
    let again = house.get(SESSION).bearer(renewed["token"].as_str().unwrap()).send().await.ok(200);
    assert_eq!(again["warnings"], json!(["reissued"]));
    assert_eq!(again["lease"]["epoch"], taken["lease"]["epoch"]);

    let back = json!({ "lease": taken["lease"], "session": taken["session"] });
    house.with_key(Method::PUT, &key, Some(back.clone())).await.ok(200);
    house.until(&"bot-1".parse().unwrap(), "connected").await;
    refused(&house.with_key(Method::PUT, &key, Some(back)).await, 409, "conflict");
    refused(&house.get(SESSION).bearer(taken["token"].as_str().unwrap()).send().await, 401, "unauthenticated");
}

#[tokio::test]
async fn the_token_says_whose_it_is_and_how_long() {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let house = house().await;
    let issued = house.with_key(Method::POST, ADMIN, Some(json!({}))).await.ok(200);
    let parts: Vec<_> = issued["token"].as_str().unwrap().split('.').collect();
    let part =
        |at: usize| -> Value { serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[at]).unwrap()).unwrap() };
    assert_eq!((&part(0)["alg"], part(0)["kid"].is_string()), (&json!("HS256"), true));
    let claims = part(1);
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("bot-1"), &json!("bots")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert!(!claims.to_string().contains("Baileys7"), "what it carries is sealed");
}

#[tokio::test]
async fn times_are_checked() {
    let house = house().await;
    for wrong in [json!("1 hour"), json!("30s"), json!("31d"), json!(3600), json!("-1h")] {
        let answer = house.with_key(Method::POST, ADMIN, Some(json!({ "expiresIn": wrong }))).await;
        refused(&answer, 400, "invalid");
        assert!(answer.json()["error"].as_str().unwrap().contains("expiresIn"));
    }
    refused(&house.get("/api/bots/bot-1/session?format=baileys5").admin().send().await, 400, "invalid");
    for wrong in [json!({}), json!({ "lease": {} }), json!({ "lease": { "id": "x", "epoch": 1 } })] {
        refused(&house.with_key(Method::PUT, ADMIN, Some(wrong)).await, 400, "invalid");
    }
    let large = json!({ "lease": { "id": "x", "epoch": 1 }, "session": { "pad": "x".repeat(3 << 20) } });
    refused(&house.with_key(Method::PUT, ADMIN, Some(large)).await, 409, "conflict");
    let unknown = json!({ "lease": { "id": "x", "epoch": 1 }, "session": {} });
    refused(&house.with_key(Method::PUT, ADMIN, Some(unknown)).await, 409, "conflict");
    refused(&house.with_key(Method::DELETE, ADMIN, None).await, 409, "conflict");
}

#[tokio::test]
async fn nobody_else_gets_it_and_every_attempt_is_written_down() {
    let house = house().await;
    let other = house.user("eve").await;
    refused(&house.get(SESSION).bearer(&other).send().await, 403, "forbidden");
    refused(&house.get(SESSION).header("x-api-key", "wrong").send().await, 401, "unauthenticated");
    refused(&house.get(SESSION).send().await, 401, "unauthenticated");
    refused(&house.with_key(Method::GET, &house.key("read send", None).await, None).await, 403, "forbidden");
    let issued = house.with_key(Method::POST, ADMIN, Some(json!({}))).await.ok(200);
    let token = issued["token"].as_str().unwrap();
    let (head, rest) = token.split_once('.').unwrap();
    let (claims, _) = rest.split_once('.').unwrap();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoieCJ9";
    for forged in [format!("{none}.{claims}."), format!("{head}.{claims}.AAAA"), format!("{head}.{claims}.")] {
        refused(&house.get(SESSION).bearer(&forged).send().await, 401, "unauthenticated");
    }
    house.linked("bot-2").await;
    refused(&house.get("/api/bots/bot-2/session").bearer(token).send().await, 403, "forbidden");
    assert_eq!(
        house.core.session(&Caller::System, &"bot-1".parse().unwrap()).await.unwrap().session.state.word(),
        "connected"
    );
    let refusals: Vec<_> =
        house.trail().await.into_iter().filter(|entry| entry.starts_with("session.refused")).collect();
    assert_eq!(refusals.len(), 3, "once a minute for each bot and kind: {refusals:?}");
    assert!(refusals.iter().any(|entry| entry.contains("unauthenticated from")));
}

#[tokio::test]
async fn a_key_may_be_bound_to_addresses() {
    let house = house().await;
    let new = NewKey {
        name: "at home".to_owned(),
        scopes: "bots".parse().unwrap(),
        allowed_ips: vec!["192.0.2.0/24".parse().unwrap()],
        ..NewKey::default()
    };
    let issued = house.core.create_key(&Caller::Admin(UserId::ADMIN), new).await.unwrap();
    refused(&house.with_key(Method::GET, issued.secret.expose_secret(), None).await, 403, "forbidden");
}

#[tokio::test]
async fn one_holder_at_a_time_and_the_owner_decides() {
    let house = House::with(|api| super::router(api.clone()).merge(crate::native::router(api))).await;
    house.session("bot-1").await;
    let (key, second) = (house.key("bots", None).await, house.key("bots", None).await);
    refused(&house.with_key(Method::GET, &key, None).await, 409, "not_linked");
    house.link(&"bot-1".parse().unwrap()).await;
    let taken = house.with_key(Method::GET, &key, None).await.ok(200);
    refused(&house.with_key(Method::GET, &second, None).await, 409, "lease_held");
    refused(&house.with_key(Method::DELETE, &second, None).await, 409, "lease_held");
    let back = json!({ "lease": taken["lease"], "session": taken["session"] });
    refused(&house.with_key(Method::PUT, &second, Some(back.clone())).await, 409, "lease_held");

    let shown = house.get("/v1/sessions/bot-1").admin().send().await.ok(200);
    assert_eq!((&shown["state"], &shown["handover"]["lease"]), (&json!("handed_over"), &taken["lease"]["id"]));
    let answer = house.post("/v1/sessions/bot-1/connect", json!({})).admin().send().await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (409, &json!("lease_held")));
    let shown = house.ask(Method::POST, "/v1/sessions/bot-1/take-back").admin().send().await.ok(200);
    assert!(shown.get("handover").is_none());
    house.until(&"bot-1".parse().unwrap(), "connected").await;
    refused(&house.with_key(Method::PUT, &key, Some(back)).await, 409, "conflict");
}

#[tokio::test]
async fn nobody_may_ask_without_end() {
    let house = house().await;
    let mut answers = Vec::new();
    for _ in 0..40 {
        answers.push(house.with_key(Method::DELETE, ADMIN, None).await);
    }
    let limited = answers.iter().find(|answer| answer.status.as_u16() == 429).expect("a limit");
    refused(limited, 429, "rate_limited");
    assert!(!limited.header("retry-after").is_empty());
}
