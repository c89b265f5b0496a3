use axum::http::Method;
use serde_json::json;

use super::house;

#[tokio::test]
async fn the_life_of_a_session() {
    let house = house().await;
    let made = house.post("/v1/sessions", json!({"id": "shop", "name": "The shop"})).admin().send().await;
    let session = made.ok(201);
    assert_eq!(made.header("location"), "/v1/sessions/shop");
    assert_eq!(
        (&session["state"], &session["linked"], &session["name"]),
        (&json!("created"), &json!(false), &json!("The shop"))
    );

    house.post("/v1/sessions", json!({"id": "shop"})).admin().send().await.problem(409, "conflict");
    let renamed =
        house.ask(Method::PATCH, "/v1/sessions/shop").json(&json!({"name": "Shop"})).admin().send().await.ok(200);
    assert_eq!(renamed["name"], "Shop");

    house.link(&"shop".parse().unwrap()).await;
    let shown = house.get("/v1/sessions/shop").admin().send().await.ok(200);
    assert_eq!((&shown["state"], &shown["phone"]), (&json!("connected"), &json!(crate::testing::OWN_PHONE)));
    assert_eq!((&shown["queued"], &shown["desired"]), (&json!(0), &json!("connected")));
    assert!(shown["last_event_at"].is_string(), "{shown}");

    let down = house.post("/v1/sessions/shop/disconnect", json!({})).admin().send().await.ok(200);
    assert_eq!(
        (&down["state"], &down["linked"], &down["reason"]),
        (&json!("disconnected"), &json!(true), &json!("disconnected as asked"))
    );
    let again = house.post("/v1/sessions/shop/disconnect", json!({})).admin().send().await.ok(200);
    assert_eq!(again["state"], "disconnected");

    let out = house.post("/v1/sessions/shop/logout", json!({})).admin().send().await.ok(200);
    assert_eq!((&out["state"], &out["linked"]), (&json!("logged_out"), &json!(false)));

    assert_eq!(house.ask(Method::DELETE, "/v1/sessions/shop").admin().send().await.ok(204), json!(null));
    house.get("/v1/sessions/shop").admin().send().await.problem(404, "not_found");
}

#[tokio::test]
async fn what_a_session_keeps_is_its_owners_choice() {
    let house = house().await;
    house.session("shop").await;
    let patch =
        async |body: serde_json::Value| house.ask(Method::PATCH, "/v1/sessions/shop").json(&body).admin().send().await;
    let settings = |session: serde_json::Value| session["settings"].clone();
    let unchanged = settings(patch(json!({})).await.ok(200));
    assert_eq!(unchanged, json!({"store_messages": true, "keep_messages_days": 90}));
    let changed = settings(patch(json!({"store_messages": false, "keep_messages_days": null})).await.ok(200));
    assert_eq!(changed, json!({"store_messages": false, "keep_messages_days": null}));
    patch(json!({"keep_messages_days": 7, "name": "Shop"})).await.ok(200);
    let shown = house.get("/v1/sessions/shop").admin().send().await.ok(200);
    assert_eq!((&shown["name"], &shown["settings"]["keep_messages_days"]), (&json!("Shop"), &json!(7)));
    for bad in [json!(0), json!(-1), json!(40_000), json!("x")] {
        let answer = patch(json!({"keep_messages_days": bad, "name": "Not this"})).await;
        assert_eq!(answer.problem(400, "invalid"), "keep_messages_days", "{bad}");
    }
    assert_eq!(house.get("/v1/sessions/shop").admin().send().await.ok(200)["name"], "Shop");
}

#[tokio::test]
async fn an_id_is_generated_where_none_is_given() {
    let house = house().await;
    let session = house.ask(Method::POST, "/v1/sessions").admin().send().await.ok(201);
    assert!(session["id"].as_str().is_some_and(|id| id.len() > 8), "{session}");
}

#[tokio::test]
async fn the_list_goes_on_at_its_cursor() {
    let house = house().await;
    for id in ["a", "b", "c"] {
        house.session(id).await;
    }
    let ids = |page: &serde_json::Value| -> Vec<String> {
        page["sessions"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = house.get("/v1/sessions?limit=2").admin().send().await.ok(200);
    assert_eq!((ids(&first), &first["next_cursor"]), (vec!["a".to_owned(), "b".to_owned()], &json!("b")));
    let second = house.get("/v1/sessions?limit=2&cursor=b").admin().send().await.ok(200);
    assert_eq!((ids(&second), &second["next_cursor"]), (vec!["c".to_owned()], &json!(null)));
    let none = house.get("/v1/sessions?origin=wa_api").admin().send().await.ok(200);
    assert!(ids(&none).is_empty());
    let none = house.get("/v1/sessions?phone=%2B62%20813-8139-3739").admin().send().await.ok(200);
    assert!(ids(&none).is_empty());
}

#[tokio::test]
async fn the_qr_code_in_every_form() {
    let house = house().await;
    let (id, session) = house.session("shop").await;
    let connecting = house.post("/v1/sessions/shop/connect", json!({"pairing": "qr"})).admin().send().await.ok(200);
    assert_eq!(connecting["state"], "connecting");
    session.link().await.qr("2@abc,def,ghi");

    let qr = house.get("/v1/sessions/shop/qr").admin().send().await.ok(200);
    assert_eq!(qr["code"], "2@abc,def,ghi");
    assert!(qr["image"].as_str().unwrap().starts_with("data:image/png;base64,"), "{qr}");
    house.until(&id, "waiting_qr").await;
    assert!(house.get("/v1/sessions/shop").admin().send().await.ok(200)["expires_at"].is_string());

    for (parameter, accept, kind, begins) in [
        ("?format=png", "*/*", "image/png", "\u{fffd}PNG"),
        ("", "image/png", "image/png", "\u{fffd}PNG"),
        ("", "image/svg+xml, */*;q=0.5", "image/svg+xml", "<?xml"),
        ("?format=text", "application/json", "text/plain; charset=utf-8", "█"),
        ("", "text/html", "application/json", "{\"code\""),
    ] {
        let answer =
            house.get(&format!("/v1/sessions/shop/qr{parameter}")).header("accept", accept).admin().send().await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, kind), "{parameter} {accept}");
        assert!(answer.text().starts_with(begins), "{parameter} {accept}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(house.get("/v1/sessions/shop/qr?format=gif").admin().send().await.problem(400, "invalid"), "format");
    house.get("/v1/sessions/shop/pairing-code?wait=0").admin().send().await.problem(409, "conflict");
}

#[tokio::test]
async fn pairing_by_code() {
    let house = house().await;
    let (_, session) = house.session("shop").await;
    let body = json!({"pairing": "code", "phone": "+62 822-6079-0996"});
    house.post("/v1/sessions/shop/connect", body).admin().send().await.ok(200);
    session.link().await.pairing_code("ABCD1234");
    let code = house.get("/v1/sessions/shop/pairing-code").admin().send().await.ok(200);
    assert_eq!(code["code"], "ABCD1234");
}

#[tokio::test]
async fn a_session_that_pairs_nothing_says_what_to_do() {
    let house = house().await;
    house.session("idle").await;
    let answer = house.get("/v1/sessions/idle/qr?wait=0").admin().send().await;
    answer.problem(409, "conflict");
    assert!(answer.json()["detail"].as_str().unwrap().contains("connect it first"), "{}", answer.text());
    house.linked("done").await;
    let answer = house.get("/v1/sessions/done/qr?wait=0").admin().send().await;
    answer.problem(409, "conflict");
    assert!(answer.json()["detail"].as_str().unwrap().contains("nothing to pair"), "{}", answer.text());
}
