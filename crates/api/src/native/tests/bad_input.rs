//! What anybody may throw at any endpoint.

use axum::http::Method;
use serde_json::{Value, json};

use super::house;
use crate::testing::{Answer, House, SERVICE};

const ENDPOINTS: [(&str, &str); 24] = [
    ("GET", "/v1/sessions"),
    ("POST", "/v1/sessions"),
    ("GET", "/v1/sessions/shop"),
    ("PATCH", "/v1/sessions/shop"),
    ("DELETE", "/v1/sessions/shop"),
    ("POST", "/v1/sessions/shop/connect"),
    ("POST", "/v1/sessions/shop/disconnect"),
    ("POST", "/v1/sessions/shop/logout"),
    ("GET", "/v1/sessions/shop/qr"),
    ("GET", "/v1/sessions/shop/pairing-code"),
    ("GET", "/v1/sessions/shop/messages"),
    ("POST", "/v1/sessions/shop/messages"),
    ("GET", "/v1/sessions/shop/messages/ABC"),
    ("DELETE", "/v1/sessions/shop/messages/ABC"),
    ("GET", "/v1/events"),
    ("GET", "/v1/ws"),
    ("GET", "/v1/keys"),
    ("POST", "/v1/keys"),
    ("GET", "/v1/keys/abc"),
    ("DELETE", "/v1/keys/abc"),
    ("POST", "/v1/keys/abc/rotate"),
    ("GET", "/v1/users"),
    ("POST", "/v1/users"),
    ("PUT", "/v1/users/1/password"),
];

fn with_body() -> impl Iterator<Item = (Method, &'static str)> {
    let takes = |method: &&str, path: &&str| {
        matches!(*method, "PATCH" | "PUT")
            || (*method == "POST" && !["disconnect", "logout", "rotate"].iter().any(|end| path.ends_with(end)))
    };
    ENDPOINTS
        .iter()
        .filter(move |(method, path)| takes(method, path))
        .map(|(method, path)| (method.parse().unwrap(), *path))
}

async fn all(house: &House, credential: Option<&str>) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for (method, path) in ENDPOINTS {
        let ask = house.ask(method.parse().unwrap(), path);
        let ask = if let Some(value) = credential { ask.header("authorization", value) } else { ask };
        answers.push((format!("{method} {path}"), ask.send().await));
    }
    answers
}

#[tokio::test]
async fn no_credential_or_a_wrong_one_is_401_everywhere() {
    let house = house().await;
    house.session("shop").await;
    let expired = "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6IngifQ.eyJleHAiOjF9.AAAA";
    let none = "Bearer eyJhbGciOiJub25lIiwia2lkIjoieCJ9.eyJzdWIiOiIxIn0.";
    let long = format!("Bearer {}", "x".repeat(100_000));
    for credential in [
        None,
        Some("Bearer wrong"),
        Some("Bearer "),
        Some("Basic YTpi"),
        Some("x"),
        Some(expired),
        Some(none),
        Some(&long),
    ] {
        for (_, answer) in all(&house, credential).await {
            answer.problem(401, "unauthenticated");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
}

#[tokio::test]
async fn another_users_session_is_not_there() {
    let house = house().await;
    house.session("shop").await;
    let ann = house.user("ann").await;
    for (asked, answer) in all(&house, Some(&format!("Bearer {ann}"))).await {
        if asked.contains("/shop") && answer.status != 400 {
            answer.problem(404, "not_found");
        }
        assert!(!answer.text().contains("\"shop\""), "{asked}: {}", answer.text());
    }
    let mine = house.post("/v1/sessions", json!({"id": "anns"})).bearer(&ann).send().await.ok(201);
    assert_eq!(mine["owner"], 2);
    let body = json!({"name": "k", "scopes": ["read"], "session": "shop"});
    house.post("/v1/keys", body).bearer(&ann).send().await.problem(404, "not_found");
    let events = house.get("/v1/events").bearer(&ann).send().await.ok(200);
    assert!(events["events"].as_array().unwrap().iter().all(|event| event["session"] != "shop"), "{events}");
}

#[tokio::test]
async fn the_service_token_runs_sessions_and_nothing_else() {
    let house = house().await;
    house.session("shop").await;
    house.get("/v1/sessions/shop").bearer(SERVICE).send().await.ok(200);
    for path in ["/v1/users", "/v1/keys"] {
        house.get(path).bearer(SERVICE).send().await.problem(403, "forbidden");
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_and_names_the_right_ones() {
    let house = house().await;
    for (_, path) in ENDPOINTS {
        let answer = house.ask(Method::TRACE, path).admin().send().await;
        answer.problem(405, "wrong_method");
        assert!(!answer.header("allow").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_in_shape() {
    let house = house().await;
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/sessions/", "/v1/sessions/shop/nothing", "/v1/%ff"] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = house.ask(method, path).admin().send().await;
            assert_eq!(answer.status.as_u16(), 404, "{path}: {}", answer.text());
            assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        }
    }
}

#[tokio::test]
async fn ids_that_try_to_be_something_else_name_nothing() {
    let house = house().await;
    house.session("shop").await;
    for id in [
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "a%00b",
        "'%20OR%20'1'='1",
        "%3Cscript%3E",
        "%F0%9F%98%80",
        "a%0d%0ab",
        &"x".repeat(5000),
    ] {
        for tail in ["", "/qr", "/messages", "/messages/x"] {
            house.get(&format!("/v1/sessions/{id}{tail}")).admin().send().await.problem(404, "not_found");
        }
        for path in ["/v1/sessions/shop/messages/", "/v1/keys/", "/v1/users/"] {
            house.get(&format!("{path}{id}")).admin().send().await.problem(404, "not_found");
        }
    }
    house.get("/v1/users/99999999999999999999").admin().send().await.problem(404, "not_found");
}

#[tokio::test]
async fn bodies_that_are_no_objects_are_400() {
    let house = house().await;
    house.session("shop").await;
    let deep = "[".repeat(10_000);
    for (method, path) in with_body() {
        for body in ["{", "nul", "\"text\"", "42", "null", "{\"a\":}", "\u{0}", "{\"id\":\"x\"", &deep, "{} {}"] {
            let answer = house.ask(method.clone(), path).admin().body(body.to_owned()).send().await;
            assert!(!answer.problem(400, "invalid").is_empty(), "{path} {body}");
        }
        let garbage: Vec<u8> = (0..=255).collect();
        house.ask(method.clone(), path).admin().body(garbage).send().await.problem(400, "invalid");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_413() {
    let house = house().await;
    house.session("shop").await;
    for (method, path) in with_body() {
        let body = json!({"name": "x".repeat(1 << 20)}).to_string();
        let answer = house.ask(method, path).admin().body(body).send().await;
        assert_eq!(answer.problem(413, "too_large"), "body");
    }
}

#[tokio::test]
async fn names_have_to_be_names() {
    let house = house().await;
    house.session("shop").await;
    for (body, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": " \t"}), "name"),
        (json!({"name": "a\u{0}b"}), "name"),
        (json!({"name": "a\u{1b}[31mb"}), "name"),
        (json!({"name": "x".repeat(900_000)}), "name"),
        (json!({"nmae": "x"}), "nmae"),
    ] {
        let answer = house.ask(Method::PATCH, "/v1/sessions/shop").json(&body).admin().send().await;
        assert_eq!(answer.problem(400, "invalid"), field);
    }
    for (body, field) in [
        (json!({"id": ""}), "id"),
        (json!({"id": "a/b"}), "id"),
        (json!({"id": "x".repeat(65)}), "id"),
        (json!({"id": 5}), "id"),
        (json!({"pairing": "x"}), "pairing"),
    ] {
        assert_eq!(house.post("/v1/sessions", body).admin().send().await.problem(400, "invalid"), field);
    }
    for (body, field) in [
        (json!({"pairing": "carrier pigeon"}), "pairing"),
        (json!({"pairing": "code"}), "phone"),
        (json!({"pairing": "code", "phone": "12"}), "phone"),
        (json!({"phone": "6281381393739"}), "phone"),
    ] {
        assert_eq!(house.post("/v1/sessions/shop/connect", body).admin().send().await.problem(400, "invalid"), field);
    }
    let emoji =
        house.ask(Method::PATCH, "/v1/sessions/shop").json(&json!({"name": "📱 Shop"})).admin().send().await.ok(200);
    assert_eq!(emoji["name"], "📱 Shop");
}

#[tokio::test]
async fn filters_that_make_no_sense_are_named() {
    let house = house().await;
    house.session("shop").await;
    for (path, field) in [
        ("/v1/sessions?limit=many", "limit"),
        ("/v1/sessions?origin=mars", "origin"),
        ("/v1/sessions?phone=abc", "phone"),
        ("/v1/sessions?cursor=../x", "cursor"),
        ("/v1/sessions/shop/messages?status=lost", "status"),
        ("/v1/sessions/shop/messages?from_me=maybe", "from_me"),
        ("/v1/sessions/shop/messages?cursor=x", "cursor"),
        ("/v1/sessions/shop/messages?kind=a%00b", "kind"),
        ("/v1/sessions/shop/messages?chat=nobody", "chat"),
        ("/v1/sessions/shop/qr?wait=-1", "wait"),
        ("/v1/users?after=x", "after"),
        ("/v1/keys?cursor=a%00b", "cursor"),
    ] {
        assert_eq!(house.get(path).admin().send().await.problem(400, "invalid"), field, "{path}");
    }
}

#[tokio::test]
async fn answers_carry_the_request_id_and_safe_headers() {
    let house = house().await;
    let answer = house.get("/v1/sessions").admin().header("x-request-id", "abc-1").send().await;
    assert_eq!(answer.header("x-request-id"), "abc-1");
    let answer = house.get("/v1/nothing").header("x-request-id", "a\"b").send().await;
    assert_eq!(answer.header("x-request-id").len(), 36);
    for (name, value) in
        [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("cache-control", "no-store")]
    {
        assert_eq!(answer.header(name), value);
    }
}

#[tokio::test]
async fn one_caller_can_be_held_to_a_rate() {
    let options = crate::ApiOptions { rate: Some(crate::Rate { per_second: 0.001, burst: 2.0 }), ..Default::default() };
    let house = House::configured(crate::native::router, options).await;
    house.get("/v1/sessions").admin().send().await.ok(200);
    house.get("/v1/sessions").admin().send().await.ok(200);
    let answer = house.get("/v1/sessions").admin().send().await;
    answer.problem(429, "rate_limited");
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    house.get("/v1/sessions").bearer(SERVICE).send().await.ok(200);
}

#[tokio::test]
async fn a_handler_that_panics_is_a_500_in_shape_and_nothing_more() {
    async fn broken() -> String {
        panic!("secret detail")
    }
    let routes = |api| {
        let routes = axum::Router::new().route("/broken", axum::routing::get(broken));
        crate::http::surface::<crate::native::ProblemJson>(routes, api)
    };
    let house = House::with(routes).await;
    let answer = house.get("/broken").send().await;
    answer.problem(500, "internal");
    assert!(!answer.text().contains("secret"), "{}", answer.text());
}

#[tokio::test]
async fn json_is_read_whatever_its_label() {
    let house = house().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "nonsense"] {
        let ask = house.post("/v1/sessions", json!({"name": "x"})).header("content-type", kind);
        let session: Value = ask.admin().send().await.ok(201);
        assert_eq!(session["name"], "x");
    }
}
