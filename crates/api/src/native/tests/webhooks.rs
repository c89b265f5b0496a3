use axum::http::Method;
use serde_json::json;
use switchboard_core::{Attempt, Caller, Settlement};
use switchboard_model::Timestamp;

use super::house;
use crate::testing::House;

const URL: &str = "https://93.184.216.34/hook";

async fn made(house: &House) -> String {
    let made = house.post("/v1/webhooks", json!({ "url": URL })).admin().send().await;
    assert!(made.header("location").starts_with("/v1/webhooks/"));
    made.ok(201)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_life_of_a_webhook() {
    let house = house().await;
    house.session("a").await;
    let order = json!({
        "url": URL, "name": "crm", "session": "a", "events": ["message.*"], "mode": "parallel",
        "headers": {"X-Team": "sales"}, "ignored_chats": ["+62 813-8139-3739"]
    });
    let webhook = house.post("/v1/webhooks", order).admin().send().await.ok(201);
    assert!(webhook["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(webhook["headers"], json!({"x-team": "sales"}));
    assert_eq!(webhook["ignored_chats"], json!(["6281381393739@s.whatsapp.net"]));
    let path = format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap());
    let shown = house.get(&path).admin().send().await.ok(200);
    assert_eq!((&shown["mode"], &shown["state"], shown.get("secret")), (&json!("parallel"), &json!("active"), None));

    let change = json!({"events": [], "mode": "fifo"});
    let changed = house.ask(Method::PATCH, &path).json(&change).admin().send().await.ok(200);
    assert_eq!((&changed["mode"], &changed["events"], &changed["name"]), (&json!("fifo"), &json!([]), &json!("crm")));
    assert_eq!(house.post(&format!("{path}/pause"), json!({})).admin().send().await.ok(200)["state"], "paused");
    assert_eq!(house.post(&format!("{path}/resume"), json!({})).admin().send().await.ok(200)["state"], "active");
    let rotated = house.post(&format!("{path}/rotate-secret"), json!({})).admin().send().await.ok(200);
    assert_ne!(rotated["secret"], webhook["secret"]);
    let page = house.get("/v1/webhooks?session=a&limit=1").admin().send().await.ok(200);
    assert_eq!(page["webhooks"][0]["id"], webhook["id"]);
    assert_eq!(page["next_cursor"], webhook["id"]);
    house.ask(Method::DELETE, &path).admin().send().await.ok(204);
    house.get(&path).admin().send().await.problem(404, "not_found");
}

#[tokio::test]
async fn what_does_not_fit_is_named() {
    let house = house().await;
    let cases = [
        (json!({}), "url"),
        (json!({"url": "http://127.0.0.1/x"}), "url"),
        (json!({"url": URL, "mode": "random"}), "mode"),
        (json!({"url": URL, "dialect": "klingon"}), "dialect"),
        (json!({"url": URL, "events": ["everything"]}), "events"),
        (json!({"url": URL, "headers": {"webhook-id": "1"}}), "headers"),
        (json!({"url": URL, "ignored_chats": ["nobody"]}), "ignored_chats"),
        (json!({"url": URL, "secret": "mine"}), "secret"),
    ];
    for (body, field) in cases {
        let answer = house.post("/v1/webhooks", body.clone()).admin().send().await;
        assert_eq!(answer.problem(400, "invalid"), field, "{body}");
    }
    let id = made(&house).await;
    for body in [json!({}), json!({"from": "1"}), json!({"dead": true, "from": "1", "to": "2"})] {
        house.post(&format!("/v1/webhooks/{id}/replay"), body).admin().send().await.problem(400, "invalid");
    }
    assert_eq!(house.get("/v1/deliveries?state=lost").admin().send().await.problem(400, "invalid"), "state");
    assert_eq!(house.get("/v1/deliveries?cursor=x").admin().send().await.problem(400, "invalid"), "cursor");
    house.get("/v1/webhooks/..%2f").admin().send().await.problem(404, "not_found");
}

#[tokio::test]
async fn scopes_and_owners_are_kept_apart() {
    let house = house().await;
    let id = made(&house).await;
    let (ann, reads) = (house.user("ann").await, house.key("read", None).await);
    house.get(&format!("/v1/webhooks/{id}")).bearer(&ann).send().await.problem(404, "not_found");
    house.get("/v1/webhooks").bearer(&reads).send().await.problem(403, "forbidden");
    house.get("/v1/deliveries").bearer(&reads).send().await.ok(200);
    assert_eq!(house.get("/v1/webhooks").bearer(&ann).send().await.ok(200)["webhooks"], json!([]));
}

#[tokio::test]
async fn deliveries_are_listed_and_replayed() {
    let house = house().await;
    let (first, second) = (made(&house).await, made(&house).await);
    house.session("a").await;
    let page = house.get("/v1/deliveries?limit=1").admin().send().await.ok(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = house.get(&format!("/v1/deliveries?limit=1&cursor={cursor}")).admin().send().await.ok(200);
    let webhooks = [&page["deliveries"][0]["webhook"], &next["deliveries"][0]["webhook"]];
    assert_eq!(webhooks, [&json!(first), &json!(second)], "one event, two webhooks, none left out");
    let delivery = &page["deliveries"][0];
    assert_eq!((&delivery["state"], &delivery["type"]), (&json!("pending"), &json!("session.created")));
    let path = format!("/v1/webhooks/{first}/deliveries/{}/replay", delivery["position"].as_str().unwrap());
    house.post(&path, json!({})).admin().send().await.problem(409, "conflict");

    let desk = house.core.delivery_desk(&Caller::System).unwrap();
    let lane = desk.lanes_of(&first).await.unwrap().remove(0);
    let row = desk.head_of(&lane, 1).await.unwrap().remove(0);
    let at = Timestamp::from_secs(1_700_000_000);
    let attempt = Attempt { at, status: Some(503), latency_ms: 12, error: Some("HTTP 503".to_owned()) };
    desk.settle(&row, Settlement::Dead, attempt).await.unwrap();
    let dead = house.get(&format!("/v1/deliveries?state=dead&webhook={first}")).admin().send().await.ok(200);
    let last = json!({"at": "2023-11-14T22:13:20.000Z", "status": 503, "latency_ms": 12, "error": "HTTP 503"});
    assert_eq!(dead["deliveries"][0]["last_attempt"], last);
    assert_eq!(house.post(&path, json!({})).admin().send().await.ok(200)["replayed"], 1);
    let replay = json!({"dead": true});
    let answer = house.post(&format!("/v1/webhooks/{second}/replay"), replay).admin().send().await;
    assert_eq!(answer.ok(200)["replayed"], 0);
}
