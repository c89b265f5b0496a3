use axum::http::Method;
use serde_json::json;
use switchboard_core::{Caller, EventQuery};
use switchboard_model::{Clock, Party, SystemClock};

use super::house;
use crate::testing::{PEER, SOON};

#[tokio::test]
async fn a_call_is_seen_and_declined() {
    let house = house().await;
    let (id, session) = house.linked("a").await;
    let from = Party::person(PEER.parse().ok(), "777".parse().ok()).unwrap();
    session.link().await.call("C1", from, SystemClock.now());
    let kinds = Some(vec!["call.received".to_owned()]);
    let mut calls = house.core.follow(Caller::System, EventQuery { session: Some(id), kinds, limit: None }, 0);
    tokio::time::timeout(SOON, calls.next()).await.expect("in time").expect("an event");

    let page = house.get("/v1/sessions/a/calls").admin().send().await.ok(200);
    let call = &page["calls"][0];
    assert_eq!((&call["id"], &call["status"], &call["from"]["pn"]), (&json!("C1"), &json!("ringing"), &json!(PEER)));
    let events = house.get("/v1/events?types=call.received").admin().send().await.ok(200);
    assert_eq!(events["events"][0]["data"]["id"], "C1");
    let declined = house.post("/v1/sessions/a/calls/C1/reject", json!({})).admin().send().await.ok(200);
    assert_eq!((&declined["status"], session.rejected()), (&json!("rejected"), vec!["C1".to_owned()]));
    house.post("/v1/sessions/a/calls/C1/reject", json!({})).admin().send().await.problem(409, "conflict");
    house.post("/v1/sessions/a/calls/C2/reject", json!({})).admin().send().await.problem(404, "not_found");
    let stats = house.get("/v1/sessions/a/call-stats").admin().send().await.ok(200);
    assert_eq!((&stats["total"], &stats["rejected"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn the_rules_and_the_blocked() {
    let house = house().await;
    house.session("a").await;
    let path = "/v1/sessions/a/call-blocking";
    let change = json!({"enabled": true, "block_type": "permanent", "auto_reply_message": null});
    let changed = house.ask(Method::PATCH, path).json(&change).admin().send().await.ok(200);
    assert_eq!(house.get(path).admin().send().await.ok(200), changed);
    assert_eq!((&changed["block_type"], &changed["auto_reply_message"]), (&json!("permanent"), &json!(null)));
    let unknown = house.ask(Method::PATCH, path).json(&json!({"limit": 1})).admin().send().await;
    assert_eq!(unknown.problem(400, "invalid"), "limit");

    let path = "/v1/sessions/a/blocked-contacts";
    let block = house.post(path, json!({"contact": PEER})).admin().send().await.ok(201);
    assert_eq!((&block["contact"]["pn"], &block["expires_at"]), (&json!(PEER), &json!(null)));
    house.post(path, json!({"contact": PEER, "duration_hours": 1})).admin().send().await.ok(200);
    let listed = house.get(path).admin().send().await.ok(200);
    assert_eq!(listed["blocked_contacts"].as_array().unwrap().len(), 1);
    house.ask(Method::DELETE, &format!("{path}/{PEER}")).admin().send().await.ok(204);
    house.ask(Method::DELETE, &format!("{path}/{PEER}")).admin().send().await.problem(404, "not_found");

    let reader = house.key("read", None).await;
    house.get("/v1/sessions/a/calls").bearer(&reader).send().await.ok(200);
    house.get(path).bearer(&reader).send().await.problem(403, "forbidden");
    let other = house.user("eve").await;
    house.get(path).bearer(&other).send().await.problem(404, "not_found");
}
