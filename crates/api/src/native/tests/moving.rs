//! Sessions handed over into files, and brought in.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use futures_util::stream;
use serde_json::json;
use tokio::sync::mpsc;

use super::house;

#[tokio::test]
async fn a_dry_run_tells_what_would_come_along_and_hands_nothing_over() {
    let house = house().await;
    let (id, _) = house.linked("shop").await;
    let told = house.post("/v1/sessions/shop/export", json!({ "dry_run": true })).admin().send().await.ok(200);
    assert_eq!(told["records"]["creds"], 1, "{told}");
    assert!(told.get("session").is_none() && told.get("token").is_none() && told.get("lease").is_none(), "{told}");
    let shown = house.get("/v1/sessions/shop").admin().send().await.ok(200);
    assert_eq!((&shown["state"], shown.get("handover")), (&json!("connected"), None));
    assert_eq!(id.as_str(), "shop");
}

#[tokio::test]
async fn what_is_handed_over_can_be_brought_in() {
    let house = house().await;
    house.linked("shop").await;
    let key = house.key("bots", None).await;
    let handed = house.post("/v1/sessions/shop/export", json!({})).bearer(&key).send().await.ok(200);
    assert!(handed["session"]["creds"].is_object() && handed["lease"]["id"].is_string(), "{handed}");
    let shown = house.get("/v1/sessions/shop").admin().send().await.ok(200);
    assert_eq!((&shown["state"], &shown["handover"]["lease"]), (&json!("handed_over"), &handed["lease"]["id"]));
    // Nobody else gets it, not even to look; its holder gets it again.
    house.post("/v1/sessions/shop/export", json!({})).admin().send().await.problem(409, "lease_held");
    let again = house.post("/v1/sessions/shop/export", json!({})).bearer(&key).send().await.ok(200);
    assert_eq!(again["warnings"], json!(["reissued"]));

    let order = json!({ "id": "there", "session": handed["session"], "dry_run": true });
    let looked = house.post("/v1/sessions/import", order.clone()).admin().send().await.ok(200);
    assert!(looked.get("session").is_none(), "{looked}");
    let order = json!({ "id": "there", "session": handed["session"] });
    let brought = house.post("/v1/sessions/import", order.clone()).admin().send().await.ok(201);
    assert_eq!((&brought["session"]["id"], &brought["records"]), (&json!("there"), &looked["records"]));
    house.post("/v1/sessions/import", order).admin().send().await.problem(409, "conflict");
}

#[tokio::test]
async fn what_cannot_be_handed_over_is_refused() {
    let house = house().await;
    house.session("idle").await;
    house.linked("shop").await;
    let ask = |id: &str, body| house.post(&format!("/v1/sessions/{id}/export"), body);
    for dry_run in [true, false] {
        ask("idle", json!({ "dry_run": dry_run })).admin().send().await.problem(409, "not_linked");
        ask("nobody", json!({ "dry_run": dry_run })).admin().send().await.problem(404, "not_found");
        let stranger = house.user(&format!("eve-{dry_run}")).await;
        ask("shop", json!({ "dry_run": dry_run })).bearer(&stranger).send().await.problem(404, "not_found");
        let key = house.key("sessions send read", None).await;
        ask("shop", json!({ "dry_run": dry_run })).bearer(&key).send().await.problem(403, "forbidden");
    }
    ask("shop", json!({ "format": "baileys5" })).admin().send().await.problem(400, "invalid");
    ask("shop", json!({ "dry_run": "yes" })).admin().send().await.problem(400, "invalid");
    ask("shop", json!({ "to": "x" })).admin().send().await.problem(400, "invalid");
}

#[tokio::test]
async fn whoever_sends_a_state_has_a_turn_until_it_is_done_with() {
    let house = house().await;
    let free = || house.api.states.available_permits();
    let all = free();
    let (body, chunks) = mpsc::channel::<&str>(1);
    let chunks = stream::unfold(chunks, async |mut chunks| {
        let chunk = chunks.recv().await?;
        Some((Ok::<_, Infallible>(Bytes::from_static(chunk.as_bytes())), chunks))
    });
    let request = house.post("/v1/sessions/import", json!({})).admin().body(Body::from_stream(chunks)).send();
    let sends = async {
        body.send(r#"{"session": {"keys": {}}"#).await.expect("read");
        // There is room for it once the first piece is taken.
        body.send(r#", "dry_run": true"#).await.expect("read");
        assert_eq!(free(), all - 1);
        body.send("}").await.expect("read");
        drop(body);
    };
    let (answer, ()) = tokio::join!(request, sends);
    answer.ok(200);
    assert_eq!(free(), all);
}

#[tokio::test]
async fn nobody_may_bring_sessions_in_without_end() {
    let house = house().await;
    for _ in 0..100 {
        let order = json!({ "session": { "keys": {} }, "dry_run": true });
        let answer = house.post("/v1/sessions/import", order).admin().send().await;
        if answer.status.as_u16() == 429 {
            answer.problem(429, "rate_limited");
            return;
        }
        answer.ok(200);
    }
    panic!("a hundred were let in");
}
