use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use switchboard_core::{Caller, Pair};
use tokio::time::timeout;

use super::house;
use crate::testing::{House, SOON, inbound};

async fn page(house: &House, query: &str) -> Value {
    house.get(&format!("/v1/events{query}")).admin().send().await.ok(200)
}

fn types(page: &Value) -> Vec<&str> {
    page["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_log_is_read_by_cursor() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    house.session("other").await;
    session.link().await.deliver(vec![inbound("IN1", "hi")]).await.unwrap();

    let all = page(&house, "").await;
    assert_eq!(types(&all).last(), Some(&"message.received"), "{all}");
    let message = all["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&message["session"], &message["data"]["content"]["text"]), (&json!("shop"), &json!("hi")));
    assert!(message["position"].is_string() && message["id"].is_string() && message["seq"].is_i64(), "{message}");

    let first = page(&house, "?limit=1").await;
    let second = page(&house, &format!("?limit=1&after={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!(second["events"][0]["id"], all["events"][1]["id"]);
    assert_eq!(types(&page(&house, "?types=message.received,message.sent").await), ["message.received"]);
    assert_eq!(types(&page(&house, "?session=other").await), ["session.created"]);
    let end = page(&house, &format!("?after={}", all["next_cursor"].as_str().unwrap())).await;
    assert_eq!((types(&end).len(), &end["next_cursor"]), (0, &all["next_cursor"]));
}

#[tokio::test]
async fn a_long_poll_answers_with_the_first_event() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let cursor = page(&house, "").await["next_cursor"].as_str().unwrap().to_owned();
    let path = format!("?after={cursor}&wait=30&types=message.received");
    let (answer, _) = tokio::join!(timeout(SOON, page(&house, &path)), async {
        session.link().await.deliver(vec![inbound("IN1", "hi")]).await.unwrap();
    });
    assert_eq!(types(&answer.unwrap()), ["message.received"]);
    let nothing = timeout(SOON, page(&house, "?after=999999&wait=1&session=shop")).await.unwrap();
    assert_eq!(types(&nothing).len(), 0);
}

#[tokio::test]
async fn who_may_only_read_is_shown_no_code() {
    let house = house().await;
    let (id, session) = house.session("shop").await;
    house.core.connect(&Caller::System, &id, Pair::Qr).await.unwrap();
    session.link().await.qr("2@secret");
    house.until(&id, "waiting_qr").await;
    let (reader, manager) = (house.key("read", None).await, house.key("sessions", None).await);
    let read =
        async |key: &str, query: &str| house.get(&format!("/v1/events?session=shop{query}")).bearer(key).send().await;
    let (shown, all) = (read(&reader, "").await, read(&manager, "").await);
    assert!(all.text().contains("2@secret") && !shown.text().contains("2@secret"), "{}", shown.text());
    let (shown, all) = (shown.ok(200), all.ok(200));
    assert!(types(&all).contains(&"session.qr"), "{all}");
    let others: Vec<_> = types(&all).into_iter().filter(|kind| *kind != "session.qr").collect();
    assert_eq!((types(&shown), &shown["next_cursor"]), (others, &all["next_cursor"]));
    for kind in ["session.qr", "session.pairing_code", "session.state,session.qr"] {
        read(&reader, &format!("&types={kind}")).await.problem(403, "forbidden");
        read(&manager, &format!("&types={kind}")).await.ok(200);
    }
    let stream = house.get("/v1/events?after=0").header("accept", "text/event-stream").bearer(&reader);
    let mut frames = Frames::of(stream.open().await);
    for kind in types(&shown) {
        let event: Value = serde_json::from_str(field(&frames.next().await.unwrap(), "data")).unwrap();
        assert_eq!(event["type"], kind);
    }
}

#[tokio::test]
async fn parameters_that_make_no_sense_are_named() {
    let house = house().await;
    for (query, field) in [
        ("?after=abc", "after"),
        ("?after=-1", "after"),
        ("?after=99999999999999999999", "after"),
        ("?limit=x", "limit"),
        ("?limit=-1", "limit"),
        ("?types=", "types"),
        ("?types=a%00b", "types"),
        ("?session=../x", "session"),
        ("?wait=soon", "wait"),
    ] {
        let answer = house.get(&format!("/v1/events{query}")).admin().send().await;
        assert_eq!(answer.problem(400, "invalid"), field, "{query}");
    }
    house.get("/v1/events?session=nobody").admin().send().await.problem(404, "not_found");
    let answer = house.get("/v1/events").header("last-event-id", "x").header("accept", "text/event-stream");
    assert_eq!(answer.admin().send().await.problem(400, "invalid"), "Last-Event-ID");
}

/// With a heartbeat that a test can wait for.
async fn quick() -> House {
    let options = crate::ApiOptions { heartbeat: Duration::from_millis(20), ..Default::default() };
    House::configured(crate::native::router, options).await
}

/// The frames of a stream as text, as far as they have come.
struct Frames {
    body: axum::body::BodyDataStream,
    text: String,
}

impl Frames {
    async fn open(house: &House, path: &str, last: Option<&str>) -> Self {
        let ask = house.get(path).header("accept", "text/event-stream").admin();
        let ask = if let Some(id) = last { ask.header("last-event-id", id) } else { ask };
        Self::of(ask.open().await)
    }

    fn of(response: axum::response::Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let frame = frame.to_owned();
                self.text = rest.to_owned();
                return Some(frame);
            }
            let chunk = timeout(SOON * 4, self.body.next()).await.expect("a frame in time")?;
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }
}

fn field<'a>(frame: &'a str, name: &str) -> &'a str {
    frame.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
}

#[tokio::test]
async fn a_stream_resumes_where_it_was_left() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let link = session.link().await;
    let mut frames = Frames::open(&house, "/v1/events?types=message.received", None).await;
    link.deliver(vec![inbound("IN1", "one")]).await.unwrap();
    let first = frames.next().await.unwrap();
    let data: Value = serde_json::from_str(field(&first, "data")).unwrap();
    assert_eq!((&data["data"]["id"], &data["position"]), (&json!("IN1"), &json!(field(&first, "id"))));
    drop(frames);

    link.deliver(vec![inbound("IN2", "two")]).await.unwrap();
    let mut frames = Frames::open(&house, "/v1/events?types=message.received", Some(field(&first, "id"))).await;
    assert!(frames.next().await.unwrap().contains("IN2"));
}

#[tokio::test]
async fn a_quiet_stream_still_moves_its_readers_place() {
    let house = quick().await;
    house.linked("shop").await;
    let mut frames = Frames::open(&house, "/v1/events?types=message.received&after=0", None).await;
    // The first sign of life may come before the log was read.
    loop {
        let quiet = frames.next().await.unwrap();
        assert!(quiet.contains(": quiet") && field(&quiet, "data").is_empty(), "{quiet}");
        if field(&quiet, "id").parse::<i64>().unwrap() > 0 {
            return;
        }
    }
}

#[tokio::test]
async fn a_stream_ends_with_the_gateway_and_says_so() {
    let options = crate::http::ApiOptions::default();
    let stop = options.stop.clone();
    let house = House::configured(crate::native::router, options).await;
    let mut frames = Frames::open(&house, "/v1/events", None).await;
    stop.cancel();
    let last = frames.next().await.unwrap();
    assert_eq!(field(&last, "event"), "closed");
    assert!(field(&last, "data").contains("\"code\":\"stopping\""), "{last}");
    assert_eq!(frames.next().await, None);
}

#[tokio::test]
async fn a_stream_ends_when_its_credential_does() {
    let house = quick().await;
    let key = house.key("read", None).await;
    let ask = house.get("/v1/events").header("accept", "text/event-stream").bearer(&key);
    let body = ask.open().await.into_body().into_data_stream();
    let mut frames = Frames { body, text: String::new() };
    let keys = house.get("/v1/keys").admin().send().await.ok(200);
    let path = format!("/v1/keys/{}", keys["keys"][0]["id"].as_str().unwrap());
    house.ask(axum::http::Method::DELETE, &path).admin().send().await.ok(204);
    let mut last = frames.next().await.unwrap();
    while field(&last, "event") != "closed" {
        last = frames.next().await.unwrap();
    }
    assert!(field(&last, "data").contains("\"code\":\"unauthenticated\""), "{last}");
}
