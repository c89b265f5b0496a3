use axum::http::Method;
use serde_json::json;

use super::house;
use crate::testing::{PEER, inbound};

#[tokio::test]
async fn numbers_are_checked_in_the_order_asked() {
    let house = house().await;
    house.linked("shop").await;
    let ask = async |numbers: serde_json::Value| {
        house.post("/v1/sessions/shop/numbers/check", json!({"numbers": numbers})).admin().send().await
    };
    // The fake network does not know numbers that end in 0.
    let found = ask(json!(["6281381393730", "+62 813-8139-3739", PEER])).await.ok(200);
    let told: Vec<_> =
        found["numbers"].as_array().unwrap().iter().map(|n| (n["number"].clone(), n["on_whatsapp"].clone())).collect();
    assert_eq!(told, [(json!("6281381393730"), json!(false)), (json!(PEER), json!(true)), (json!(PEER), json!(true))]);
    assert_eq!(found["numbers"][1]["jid"], format!("{PEER}@s.whatsapp.net"));
    assert_eq!(ask(json!(["12"])).await.problem(400, "invalid"), "numbers");
    assert_eq!(ask(json!([])).await.problem(400, "invalid"), "numbers");
    house.session("idle").await;
    let answer = house.post("/v1/sessions/idle/numbers/check", json!({"numbers": [PEER]})).admin().send().await;
    answer.problem(409, "not_connected");
}

#[tokio::test]
async fn presence_and_typing_reach_the_network() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let put = async |tail: &str, body: serde_json::Value| {
        house.ask(Method::PUT, &format!("/v1/sessions/shop/{tail}")).json(&body).admin().send().await
    };
    put("presence", json!({"available": true})).await.ok(204);
    put("typing", json!({"chat": PEER, "state": "composing"})).await.ok(204);
    let watched = json!({"person": PEER});
    house.post("/v1/sessions/shop/presence/subscriptions", watched).admin().send().await.ok(204);
    let jid = format!("{PEER}@s.whatsapp.net");
    assert_eq!(session.noticed(), ["available true".to_owned(), format!("Composing in {jid}"), format!("watch {jid}")]);
    put("typing", json!({"chat": PEER, "state": "dancing"})).await.problem(400, "invalid");
    assert_eq!(put("typing", json!({"chat": "12", "state": "paused"})).await.problem(400, "invalid"), "chat");
    let group = json!({"person": "120363302171476233@g.us"});
    let answer = house.post("/v1/sessions/shop/presence/subscriptions", group).admin().send().await;
    assert_eq!(answer.problem(400, "invalid"), "person");
}

#[tokio::test]
async fn a_received_message_is_marked_read() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    session.link().await.deliver(vec![inbound("3EB0AA", "Hello")]).await.unwrap();
    house.ask(Method::POST, "/v1/sessions/shop/messages/3EB0AA/read").admin().send().await.ok(204);
    assert_eq!(session.marked_read()[0].0, "3EB0AA");
    house.ask(Method::POST, "/v1/sessions/shop/messages/none/read").admin().send().await.problem(404, "not_found");
    let body = json!({"to": PEER, "text": "mine"});
    let sent = house.post("/v1/sessions/shop/messages", body).admin().send().await.ok(202);
    let path = format!("/v1/sessions/shop/messages/{}/read", sent["id"].as_str().unwrap());
    house.ask(Method::POST, &path).admin().send().await.problem(409, "conflict");
}
