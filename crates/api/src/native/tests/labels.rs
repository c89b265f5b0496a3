use axum::http::Method;
use serde_json::json;

use super::house;
use crate::testing::{PEER, inbound};

#[tokio::test]
async fn labels_are_managed_and_put_on_chats() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    session.link().await.deliver(vec![inbound("A", "Hello")]).await.unwrap();
    let labels = "/v1/sessions/shop/labels";
    let make = async |body: serde_json::Value| house.ask(Method::POST, labels).json(&body).admin().send().await;
    let made = make(json!({ "name": "New customer", "color": 3 })).await.ok(201);
    assert_eq!(made, json!({ "id": "1", "name": "New customer", "color": 3 }));
    let change = house.ask(Method::PATCH, &format!("{labels}/1")).json(&json!({ "name": "Regular" })).admin();
    assert_eq!(change.send().await.ok(200), json!({ "id": "1", "name": "Regular", "color": 3 }));
    assert_eq!(house.get(labels).admin().send().await.ok(200)["labels"][0]["name"], "Regular");

    let chat = format!("/v1/sessions/shop/chats/{PEER}");
    let on_chat =
        async |method: Method, label: &str| house.ask(method, &format!("{chat}/labels/{label}")).admin().send().await;
    on_chat(Method::PUT, "1").await.ok(204);
    on_chat(Method::PUT, "2").await.problem(404, "not_found");
    assert_eq!(house.get(&chat).admin().send().await.ok(200)["labels"], json!(["1"]));
    let with = house.get("/v1/sessions/shop/chats?label=1").admin().send().await.ok(200);
    assert_eq!(with["chats"].as_array().unwrap().len(), 1);
    on_chat(Method::DELETE, "1").await.ok(204);
    let with = house.get("/v1/sessions/shop/chats?label=1").admin().send().await.ok(200);
    assert_eq!(with["chats"], json!([]));
    house.ask(Method::DELETE, &format!("{labels}/1")).admin().send().await.ok(204);
    house.ask(Method::DELETE, &format!("{labels}/1")).admin().send().await.problem(404, "not_found");

    assert_eq!(make(json!({ "name": "" })).await.problem(400, "invalid"), "name");
    assert_eq!(make(json!({ "name": "x", "color": 20 })).await.problem(400, "invalid"), "color");
}
