use axum::http::Method;
use serde_json::json;

use super::house;
use crate::testing::PEER;

#[tokio::test]
async fn the_own_profile_is_shown_and_changed() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let patch = async |tail: &str, body: serde_json::Value| {
        house.ask(Method::PATCH, &format!("/v1/sessions/shop/{tail}")).json(&body).admin().send().await
    };
    let shown = patch("profile", json!({"name": "The shop", "about": "Open"})).await.ok(200);
    assert_eq!(shown["name"], "The shop");
    assert_eq!(session.profile().about.as_deref(), Some("Open"));
    assert_eq!(patch("profile", json!({"name": " "})).await.problem(400, "invalid"), "name");
    assert_eq!(patch("profile", json!({"name": "x".repeat(26)})).await.problem(400, "invalid"), "name");
    assert_eq!(patch("profile", json!({"about": "x".repeat(140)})).await.problem(400, "invalid"), "about");

    let shown = patch("privacy", json!({"last_seen": "nobody"})).await.ok(200);
    assert_eq!(shown, json!({"last_seen": "nobody"}));
    assert_eq!(session.profile().privacy["last"], "none");
    assert_eq!(patch("privacy", json!({"last_seen": "ghosts"})).await.problem(400, "invalid"), "last_seen");
}

#[tokio::test]
async fn pictures_are_taken_apart_before_they_are_set() {
    let house = house().await;
    house.linked("shop").await;
    let put = async |body: Vec<u8>| {
        house.ask(Method::PUT, "/v1/sessions/shop/profile/picture").body(body).admin().send().await
    };
    assert_eq!(put(Vec::new()).await.problem(400, "invalid"), "picture");
    assert_eq!(put(b"<html>".to_vec()).await.problem(400, "invalid"), "picture");
    put(vec![0; 11 << 20]).await.problem(413, "too_large");
    house.ask(Method::DELETE, "/v1/sessions/shop/profile/picture").admin().send().await.ok(204);
}

#[tokio::test]
async fn people_are_looked_at_and_blocked() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let seen = house.get(&format!("/v1/sessions/shop/contacts/{PEER}/profile")).admin().send().await.ok(200);
    assert_eq!((&seen["pn"], &seen["picture"]["id"]), (&json!(PEER), &json!(format!("of-{PEER}"))));
    let group = "120363302171476233@g.us";
    let answer = house.get(&format!("/v1/sessions/shop/contacts/{group}/profile")).admin().send().await;
    assert_eq!(answer.problem(400, "invalid"), "contact");

    let path = format!("/v1/sessions/shop/block-list/{PEER}");
    house.ask(Method::PUT, &path).admin().send().await.ok(204);
    let list = house.get("/v1/sessions/shop/block-list").admin().send().await.ok(200);
    assert_eq!((&list["blocked"][0]["pn"], session.blocked().len()), (&json!(PEER), 1));
    house.ask(Method::DELETE, &path).admin().send().await.ok(204);
    assert!(session.blocked().is_empty());
    house.session("idle").await;
    house.get("/v1/sessions/idle/block-list").admin().send().await.problem(409, "not_connected");
}
