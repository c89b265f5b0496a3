use axum::http::Method;
use serde_json::json;

use super::house;
use crate::testing::{House, PASSWORD, PEER, SERVICE};

#[tokio::test]
async fn signing_in_gives_a_token_that_opens() {
    let house = house().await;
    let answer = house.post("/v1/login", json!({"username": "admin", "password": PASSWORD})).send().await.ok(200);
    assert_eq!((&answer["user"]["id"], &answer["user"]["role"]), (&json!(1), &json!("admin")));
    let token = answer["token"].as_str().unwrap();
    house.get("/v1/users").bearer(token).send().await.ok(200);

    for (name, password) in [("admin", "wrong"), ("nobody", PASSWORD), ("", "")] {
        house
            .post("/v1/login", json!({"username": name, "password": password}))
            .send()
            .await
            .problem(401, "unauthenticated");
    }
    assert_eq!(house.post("/v1/login", json!({"username": "admin"})).send().await.problem(400, "invalid"), "password");
    for _ in 0..5 {
        house.post("/v1/login", json!({"username": "admin", "password": "guess"})).send().await;
    }
    let slowed = house.post("/v1/login", json!({"username": "admin", "password": PASSWORD})).send().await;
    slowed.problem(429, "rate_limited");
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn the_life_of_a_user() {
    let house = house().await;
    let made = house.post("/v1/users", json!({"username": "ann", "password": PASSWORD})).admin().send().await;
    let user = made.ok(201);
    assert_eq!((&user["username"], &user["role"]), (&json!("ann"), &json!("user")));
    let path = made.header("location").to_owned();
    house
        .post("/v1/users", json!({"username": "ann", "password": PASSWORD}))
        .admin()
        .send()
        .await
        .problem(409, "conflict");

    let login = house.post("/v1/login", json!({"username": "ann", "password": PASSWORD})).send().await.ok(200);
    let ann = login["token"].as_str().unwrap();
    house.get(&path).bearer(ann).send().await.ok(200);
    house.get("/v1/users").bearer(ann).send().await.problem(403, "forbidden");
    house.get("/v1/users/1").bearer(ann).send().await.problem(403, "forbidden");
    house
        .post("/v1/users", json!({"username": "x", "password": PASSWORD}))
        .bearer(ann)
        .send()
        .await
        .problem(403, "forbidden");

    let change = json!({"current_password": PASSWORD, "password": "another secret"});
    house.ask(Method::PUT, &format!("{path}/password")).json(&change).bearer(ann).send().await.ok(204);
    house.get(&path).bearer(ann).send().await.problem(401, "unauthenticated");

    let promoted = house.ask(Method::PATCH, &path).json(&json!({"role": "admin"})).admin().send().await.ok(200);
    assert_eq!(promoted["role"], "admin");
    assert_eq!(
        house.ask(Method::PATCH, &path).json(&json!({"role": "king"})).admin().send().await.problem(400, "invalid"),
        "role"
    );
    house.ask(Method::POST, &format!("{path}/sign-out")).admin().send().await.ok(204);
    let list = house.get("/v1/users?limit=1").admin().send().await.ok(200);
    assert_eq!((list["users"].as_array().unwrap().len(), &list["next_cursor"]), (1, &json!("1")));
    house.ask(Method::DELETE, &path).admin().send().await.ok(204);
    house.get(&path).admin().send().await.problem(404, "not_found");
    house.ask(Method::DELETE, "/v1/users/1").admin().send().await.problem(409, "conflict");
}

#[tokio::test]
async fn users_that_make_no_sense_are_refused_by_field() {
    let house = house().await;
    for (body, field) in [
        (json!({}), "username"),
        (json!({"username": "ann"}), "password"),
        (json!({"username": "", "password": PASSWORD}), "username"),
        (json!({"username": "a b", "password": PASSWORD}), "username"),
        (json!({"username": "a\u{0}", "password": PASSWORD}), "username"),
        (json!({"username": "ann", "password": "short"}), "password"),
        (json!({"username": "ann", "password": "x".repeat(500_000)}), "password"),
        (json!({"username": "ann", "password": PASSWORD, "role": "root"}), "role"),
        (json!({"username": 5, "password": PASSWORD}), "username"),
    ] {
        assert_eq!(house.post("/v1/users", body).admin().send().await.problem(400, "invalid"), field);
    }
}

async fn made_key(house: &House, body: serde_json::Value) -> (String, String) {
    let made = house.post("/v1/keys", body).admin().send().await.ok(201);
    (made["id"].as_str().unwrap().to_owned(), made["key"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_life_of_a_key() {
    let house = house().await;
    house.linked("shop").await;
    let (id, key) = made_key(&house, json!({"name": "crm", "scopes": ["send", "read"], "session": "shop"})).await;
    assert!(key.starts_with("sb_"), "{key}");
    house.get("/v1/sessions/shop").header("x-api-key", &key).send().await.ok(200);
    house.post("/v1/sessions/shop/messages", json!({"to": PEER, "text": "x"})).bearer(&key).send().await.ok(202);
    house.post("/v1/sessions", json!({})).bearer(&key).send().await.problem(403, "forbidden");
    house.get("/v1/keys").bearer(&key).send().await.problem(403, "forbidden");

    let shown = house.get(&format!("/v1/keys/{id}")).admin().send().await.ok(200);
    assert!(shown.get("key").is_none() && key.starts_with(shown["prefix"].as_str().unwrap()), "{shown}");
    let rotated = house.ask(Method::POST, &format!("/v1/keys/{id}/rotate")).admin().send().await.ok(201);
    house.get("/v1/sessions/shop").bearer(&key).send().await.problem(401, "unauthenticated");
    let (new_id, new) = (rotated["id"].as_str().unwrap(), rotated["key"].as_str().unwrap());
    house.get("/v1/sessions/shop").bearer(new).send().await.ok(200);
    for _ in 0..2 {
        house.ask(Method::DELETE, &format!("/v1/keys/{new_id}")).admin().send().await.ok(204);
    }
    house.get("/v1/sessions/shop").bearer(new).send().await.problem(401, "unauthenticated");
    assert_eq!(house.get("/v1/keys").admin().send().await.ok(200)["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn keys_that_make_no_sense_are_refused_by_field() {
    let house = house().await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": "x"}), "scopes"),
        (json!({"name": "x", "scopes": []}), "scopes"),
        (json!({"name": "x", "scopes": ["root"]}), "scopes"),
        (json!({"name": "x", "scopes": "read"}), "scopes"),
        (json!({"name": "", "scopes": ["read"]}), "name"),
        (json!({"name": "x", "scopes": ["read"], "allowed_ips": ["here"]}), "allowed_ips"),
        (json!({"name": "x", "scopes": ["read"], "expires_at": "tomorrow"}), "expires_at"),
        (json!({"name": "x", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}), "expires_at"),
        (json!({"name": "x", "scopes": ["read"], "session": "a/b"}), "session"),
        (json!({"name": "x", "scopes": ["read"], "owner": 99}), "owner"),
    ] {
        assert_eq!(house.post("/v1/keys", body).admin().send().await.problem(400, "invalid"), field);
    }
    house
        .post("/v1/keys", json!({"name": "x", "scopes": ["admin"]}))
        .bearer(SERVICE)
        .send()
        .await
        .problem(403, "forbidden");
}
