//! Whatever is thrown at an operation is answered in its surface's words, with a status its description has.

use std::collections::BTreeMap;

use axum::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::surfaces::{Operation, Surface};
use crate::testing::{Answer, House, PEER};

pub(super) const SESSION: &str = "shop";
pub(super) const THINGS: [(&str, &str); 12] = [
    ("chat", PEER),
    ("person", PEER),
    ("group", "120363000000000001@g.us"),
    ("community", "120363000000000000@g.us"),
    ("newsletter", "120363000000000002@newsletter"),
    ("id", SESSION),
    ("message", "ABC"),
    ("user", "2"),
    ("key", "abc"),
    ("webhook", "abc"),
    ("position", "1"),
    ("contact", "abc"),
];

pub(super) async fn house(surface: Surface) -> House {
    let house = House::with(|api| surface.routes(api)).await;
    house.linked(SESSION).await;
    house
}

/// What every answer owes, success or not.
#[track_caller]
pub(super) fn judge(operation: &Operation, answer: &Answer, sent: &str) {
    let asked = format!("{} with {:.2000}", operation.name(), sent);
    let status = answer.status.as_u16();
    assert!(status < 500, "{asked}: {}", answer.text());
    assert!(operation.statuses.contains(&status), "{asked}: {status} is not described: {}", answer.text());
    if status >= 400 {
        operation.surface.assert_refusal(answer, &asked);
    }
}

/// Bodies that no operation takes.
fn no_objects() -> Vec<String> {
    let deep = "[".repeat(20_000);
    ["{", "nul", "\"text\"", "42", "null", "[]", "{\"a\":}", "\u{0}", "{} {}", "\u{feff}{}", &deep]
        .map(str::to_owned)
        .to_vec()
}

/// Values of every wrong type and of every unpleasant form.
fn unpleasant() -> Vec<Value> {
    let mut values =
        vec![json!(5), json!(-1), json!(1e300), json!(true), json!([]), json!({}), json!([[[]]]), json!(null)];
    let texts = [
        "",
        " ",
        "📱🎉 emoji",
        "a\u{0}b",
        "\u{1b}[31mred",
        "\r\nSet-Cookie: a=b",
        "'; DROP TABLE sessions; --",
        "\" OR 1=1 --",
        "../../etc/passwd",
        "..\\..\\windows",
        "%2e%2e%2f",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "\u{202e}right to left",
        "\u{d7ff}\u{fffd}",
    ];
    values.extend(texts.map(|text| json!(text)));
    values.push(json!("x".repeat(900_000)));
    values.push(json!("9".repeat(400)));
    values
}

async fn all_bodies(surface: Surface) {
    let house = house(surface).await;
    for operation in surface.operations() {
        let Some(good) = operation.body_about(SESSION) else { continue };
        let mut bodies = no_objects();
        bodies.push("x".repeat((1 << 20) + 1));
        let refused = bodies.len();
        bodies.push(String::new());
        for field in good.as_object().unwrap().keys() {
            let mut without = good.clone();
            without.as_object_mut().unwrap().remove(field);
            bodies.push(without.to_string());
            for value in unpleasant() {
                let mut body = good.clone();
                body[field] = value;
                bodies.push(body.to_string());
            }
        }
        for (index, body) in bodies.into_iter().enumerate() {
            let ask = operation.signed(operation.about(&house, &THINGS));
            let answer = ask.body(body.clone()).send().await;
            judge(&operation, &answer, &body);
            let well = answer.status.is_success();
            assert!(index >= refused || !well, "{} took {body:.100}", operation.name());
        }
        for field in &operation.required {
            let mut without = good.clone();
            without.as_object_mut().unwrap().remove(field);
            let answer = operation.signed(operation.about(&house, &THINGS)).json(&without).send().await;
            let seldom = surface == Surface::Bots || operation.path == "/v1/sessions/import";
            if seldom && answer.status.as_u16() == 429 {
                // Credentials are not given out that often, nor taken in.
                continue;
            }
            assert_eq!(answer.status.as_u16(), 400, "{} without {field}: {}", operation.name(), answer.text());
            assert!(answer.text().contains(field.as_str()), "{} does not name {field}", operation.name());
        }
    }
}

async fn all_ids(surface: Surface) {
    let house = house(surface).await;
    let long = "x".repeat(3000);
    let tricks = ["..%2f..", "a%00", "'%20OR%201=1--", "%F0%9F%98%80", "%ff%fe", "nobody", "-1", "a%0d%0ab", &long];
    for operation in surface.operations().iter().filter(|operation| operation.path.contains('{')) {
        for trick in tricks {
            for hit in THINGS.iter().filter(|(name, _)| operation.path.contains(&format!("{{{name}}}"))) {
                let things = THINGS.map(|thing| if thing.0 == hit.0 { (thing.0, trick) } else { thing });
                let mut ask = operation.signed(operation.about(&house, &things));
                if let Some(body) = operation.body_about(SESSION) {
                    ask = ask.json(&body);
                }
                let answer = ask.send().await;
                judge(operation, &answer, trick);
                assert!(answer.status.is_client_error(), "{} took {trick}", operation.name());
                assert!(!answer.text().contains('\u{0}') && !answer.text().contains("OR 1=1--\n"), "{}", answer.text());
            }
        }
    }
}

/// Nothing behind a question mark leads to an answer that is not described. Streams have no end, so they are not asked.
async fn all_queries(surface: Surface) {
    let house = house(surface).await;
    let long = "x".repeat(3000);
    let tricks =
        ["", "-1", "1e300", "99999999999999999999", "nobody", "'%20OR%201=1--", "a%00b", "%ff", "%F0%9F%98%80", &long];
    let operations = surface.operations().into_iter().filter(|operation| !operation.path.contains("/ws"));
    let operations: Vec<_> = operations.filter(|operation| !operation.queries.is_empty()).collect();
    assert!(!operations.is_empty(), "{surface:?} takes nothing there");
    for operation in &operations {
        for query in operation.queries.iter().filter(|query| *query != "wait") {
            for trick in tricks {
                let mut ask = operation.signed(operation.about_with(&house, &THINGS, &format!("?{query}={trick}")));
                if let Some(body) = operation.body_about(SESSION) {
                    ask = ask.json(&body);
                }
                judge(operation, &ask.send().await, &format!("{query}={trick:.100}"));
            }
        }
    }
}

async fn all_credentials(surface: Surface) {
    let house = house(surface).await;
    let long = format!("Bearer {}", "x".repeat(60_000));
    let expired = house.expired_key().await;
    let headers = [
        None,
        Some("Bearer wrong".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Basic YTpi".to_owned()),
        Some("Bearer eyJhbGciOiJub25lIiwia2lkIjoieCJ9.eyJzdWIiOiIxIn0.".to_owned()),
        Some("Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6IngifQ.eyJleHAiOjF9.AAAA".to_owned()),
        Some(format!("Bearer {expired}")),
        Some(long),
    ];
    for operation in surface.operations().iter().filter(|operation| !operation.open && !operation.by_location()) {
        for header in &headers {
            let mut ask = operation.about(&house, &THINGS);
            if let Some(header) = header {
                ask = ask.header("authorization", header);
            }
            let answer = ask.send().await;
            judge(operation, &answer, header.as_deref().unwrap_or("no credential"));
            assert_eq!(answer.status.as_u16(), 401, "{}: {}", operation.name(), answer.text());
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{}", operation.name());
        }
    }
}

async fn all_methods(surface: Surface) {
    let house = house(surface).await;
    let mut known: BTreeMap<String, Vec<Method>> = BTreeMap::new();
    for operation in surface.operations() {
        known.entry(operation.path.clone()).or_default().push(operation.method);
    }
    for operation in surface.operations().iter().filter(|operation| !operation.path.contains("/ws")) {
        for method in
            [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::TRACE]
        {
            if known[&operation.path].contains(&method) {
                continue;
            }
            let path = THINGS
                .iter()
                .fold(operation.path.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
            let answer = house.ask(method.clone(), &path).admin().header("host", "localhost:3000").send().await;
            assert_eq!(answer.status.as_u16(), 405, "{method} {path}: {}", answer.text());
            assert!(!answer.header("allow").is_empty(), "{method} {path}");
            surface.assert_refusal(&answer, &format!("{method} {path}"));
        }
    }
}

/// Ten thousand at once about sessions that are not there.
async fn all_at_once(surface: Surface) {
    let house = house(surface).await;
    let operation = surface.about_one_session();
    let asked = (0..10_000).map(|number| {
        let id = format!("nobody-{number}");
        let ask = operation.signed(operation.about(&house, &[("id", &id)]));
        ask.send()
    });
    for answer in join_all(asked).await {
        // On a slow machine the crowd waits for longer than the database's only connection is waited for.
        let waited = answer.status.as_u16() == 503 && answer.header("retry-after") == "3";
        assert!(waited || answer.status.as_u16() == 404, "{}: {}", answer.status, answer.text());
        surface.assert_refusal(&answer, "one of many");
    }
}

macro_rules! on_each_surface {
    ($($module:ident $surface:ident),+) => {
        $(mod $module {
            use super::Surface::$surface;

            #[tokio::test]
            async fn bodies() {
                super::all_bodies($surface).await;
            }

            #[tokio::test]
            async fn ids() {
                super::all_ids($surface).await;
            }

            #[tokio::test]
            async fn credentials() {
                super::all_credentials($surface).await;
            }

            #[tokio::test]
            async fn methods() {
                super::all_methods($surface).await;
            }

            #[tokio::test]
            async fn many_at_once() {
                super::all_at_once($surface).await;
            }
        })+
    };
}

on_each_surface!(native Native, multisession Multisession, bots Bots, wa_api WaApi, microservice Microservice);

#[tokio::test]
async fn queries_of_native() {
    all_queries(Surface::Native).await;
}

#[tokio::test]
async fn queries_of_bots() {
    all_queries(Surface::Bots).await;
}

/// A message that is too long for the network but fits a request is refused by name, and nothing of it comes back.
#[tokio::test]
async fn a_long_text_is_refused_by_its_field() {
    let house = house(Surface::Multisession).await;
    let body = json!({ "recipient": PEER, "message": "x".repeat(900_000) });
    let answer = house.post("/api/sessions/shop/send", body).admin().send().await;
    assert_eq!(answer.status.as_u16(), 400);
    assert!(answer.text().len() < 500, "{}", answer.text().len());
}
