use axum::http::Method;
use serde_json::{Value, json};
use switchboard_core::engine::{Inbound, fake::Answer as Network};

use super::house;
use crate::testing::{House, PEER, inbound};

async fn send(house: &House, query: &str, body: Value) -> crate::testing::Answer {
    house.post(&format!("/v1/sessions/shop/messages{query}"), body).admin().send().await
}

#[tokio::test]
async fn a_message_is_accepted_sent_and_followed() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let accepted = send(&house, "", json!({"to": "+62 813-8139-3739", "text": "Hello 👋"})).await;
    let sent = accepted.ok(202);
    let id = sent["id"].as_str().unwrap();
    assert_eq!(accepted.header("location"), format!("/v1/sessions/shop/messages/{id}"));
    assert_eq!((&sent["to"], &sent["status"]), (&json!("6281381393739@s.whatsapp.net"), &json!("queued")));
    session.sent_at_least(1).await;

    let waited =
        send(&house, "?wait=15", json!({"to": PEER, "content": {"type": "text", "text": "again"}})).await.ok(200);
    assert_eq!((&waited["status"], &waited["reason"]), (&json!("sent"), &json!(null)));
    let shown = house
        .get(&format!("/v1/sessions/shop/messages/{}", waited["id"].as_str().unwrap()))
        .admin()
        .send()
        .await
        .ok(200);
    assert_eq!(
        (&shown["content"]["text"], &shown["from_me"], &shown["status"]),
        (&json!("again"), &json!(true), &json!("sent"))
    );
    assert_eq!(shown["chat"]["pn"], PEER);
}

#[tokio::test]
async fn waiting_tells_a_refusal_and_a_silence_apart() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    session.answer(Network::Nack("463".to_owned()));
    let refused = send(&house, "?wait=15", json!({"to": PEER, "text": "x"})).await.ok(200);
    assert_eq!(refused["status"], "failed");
    assert!(refused["reason"].as_str().is_some_and(|reason| reason.contains("463")), "{refused}");
    session.answer(Network::Silence);
    let silent = send(&house, "?wait=1", json!({"to": PEER, "text": "y"})).await.ok(202);
    assert!(["queued", "sending"].contains(&silent["status"].as_str().unwrap()), "{silent}");
}

#[tokio::test]
async fn a_key_that_may_only_send_may_wait_for_its_own_message() {
    let house = house().await;
    let (id, _) = house.linked("shop").await;
    let key = house.key("send", Some(&id)).await;
    let ask = house.post("/v1/sessions/shop/messages?wait=15", json!({"to": PEER, "text": "x"})).bearer(&key);
    let sent = ask.send().await.ok(200);
    let path = format!("/v1/sessions/shop/messages/{}", sent["id"].as_str().unwrap());
    house.get(&path).bearer(&key).send().await.problem(403, "forbidden");
}

#[tokio::test]
async fn the_same_request_under_the_same_key_sends_once() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let ask = |text: &str| {
        let body = json!({"to": PEER, "text": text});
        house.post("/v1/sessions/shop/messages", body).header("Idempotency-Key", "order-1").admin()
    };
    let (first, second) = (ask("x").send().await.ok(202), ask("x").send().await.ok(202));
    assert_eq!((&first["id"], &first["repeated"], &second["repeated"]), (&second["id"], &json!(false), &json!(true)));
    ask("y").send().await.problem(409, "conflict");
    assert_eq!(session.sent_at_least(1).await.len(), 1);
    let bad = house.post("/v1/sessions/shop/messages", json!({"to": PEER, "text": "x"})).header("Idempotency-Key", " ");
    assert_eq!(bad.admin().send().await.problem(400, "invalid"), "Idempotency-Key");
}

#[tokio::test]
async fn only_what_is_still_queued_can_be_taken_back() {
    let house = house().await;
    let (_, _) = house.linked("shop").await;
    house.post("/v1/sessions/shop/disconnect", json!({})).admin().send().await.ok(200);
    let queued = send(&house, "", json!({"to": PEER, "text": "x"})).await.ok(202);
    let path = format!("/v1/sessions/shop/messages/{}", queued["id"].as_str().unwrap());
    assert_eq!(house.get("/v1/sessions/shop").admin().send().await.ok(200)["queued"], 1);
    let strict = send(&house, "", json!({"to": PEER, "text": "x", "only_when_connected": true})).await;
    strict.problem(409, "not_connected");
    assert_eq!(house.ask(Method::DELETE, &path).admin().send().await.ok(200)["status"], "cancelled");
    assert_eq!(house.ask(Method::DELETE, &path).admin().send().await.ok(200)["status"], "cancelled");

    house.link(&"shop".parse().unwrap()).await;
    let sent = send(&house, "?wait=15", json!({"to": PEER, "text": "y"})).await.ok(200);
    let path = format!("/v1/sessions/shop/messages/{}", sent["id"].as_str().unwrap());
    house.ask(Method::DELETE, &path).admin().send().await.problem(409, "conflict");
}

#[tokio::test]
async fn the_list_is_filtered_and_goes_on_at_its_cursor() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    session.link().await.deliver(vec![inbound("IN1", "hi"), inbound("IN2", "there")]).await.unwrap();
    send(&house, "?wait=15", json!({"to": "6281100000009", "text": "other chat"})).await.ok(200);

    let list = async |query: &str| {
        let page = house.get(&format!("/v1/sessions/shop/messages{query}")).admin().send().await.ok(200);
        let ids: Vec<_> =
            page["messages"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect();
        (ids, page["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(list("").await.0.len(), 3);
    assert_eq!(list("?from_me=true").await.0.len(), 1);
    assert_eq!(list("?from_me=false&kind=text").await.0.len(), 2);
    assert_eq!(list("?kind=image").await.0.len(), 0);
    assert_eq!(list("?status=sent&chat=6281100000009@c.us").await.0.len(), 1);
    let (first, cursor) = list("?limit=2").await;
    let (second, end) = list(&format!("?limit=2&cursor={}", cursor.unwrap())).await;
    assert_eq!((first.len(), second.len(), end), (2, 1, None));
    assert!(!first.contains(&second[0]));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_by_field() {
    let house = house().await;
    house.linked("shop").await;
    for (body, field) in [
        (json!({}), "to"),
        (json!({"to": PEER}), "text"),
        (json!({"to": PEER, "text": ""}), "text"),
        (json!({"to": PEER, "text": "   "}), "text"),
        (json!({"to": PEER, "text": "a\u{0}b"}), "text"),
        (json!({"to": PEER, "text": "x".repeat(70_000)}), "text"),
        (json!({"to": PEER, "text": 5}), "text"),
        (json!({"to": PEER, "text": "x", "content": {"type": "text", "text": "x"}}), "content"),
        (json!({"to": PEER, "content": {"type": "hologram"}}), "content.type"),
        (json!({"to": PEER, "content": {}}), "content.type"),
        (json!({"to": PEER, "content": {"type": "text"}}), "content.text"),
        (json!({"to": "", "text": "x"}), "to"),
        (json!({"to": "12345", "text": "x"}), "to"),
        (json!({"to": "'; DROP TABLE messages; --", "text": "x"}), "to"),
        (json!({"to": ["6281381393739"], "text": "x"}), "to"),
        (json!({"to": PEER, "text": "x", "txt": "y"}), "txt"),
    ] {
        let shown = body.to_string().chars().take(80).collect::<String>();
        let found = send(&house, "", body).await.problem(400, "invalid");
        assert!(field == found || field.starts_with(&format!("{found}.")), "{shown}: {found}");
    }
}

#[tokio::test]
async fn a_session_in_the_wrong_state_says_which_and_what_to_do() {
    let house = house().await;
    house.session("shop").await;
    let answer = send(&house, "", json!({"to": PEER, "text": "x"})).await;
    answer.problem(409, "not_connected");
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("created") && detail.contains("pair"), "{detail}");
}

#[tokio::test]
async fn every_message_that_cannot_be_has_its_own_answer() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let link = session.link().await;
    let mine = Inbound { from_me: true, ..inbound("3EB0MINE", "written long ago on the phone") };
    link.deliver(vec![inbound("3EB0THEIRS", "theirs"), mine]).await.unwrap();
    let refused = async |content: Value| {
        let answer = send(&house, "", json!({"to": PEER, "content": content})).await;
        let problem = answer.json();
        (answer.status.as_u16(), problem["field"].as_str().unwrap_or_default().to_owned())
    };
    let edit = |target: &str| json!({"type": "edit", "target": target, "text": "better"});
    let image = |url: &str| json!({"type": "image", "url": url});
    let megabyte = json!({"type": "image", "url": "https://example.org/a.png", "caption": "x".repeat(1_000_000)});
    for (content, status, field) in [
        (json!({"type": "poll", "question": "Lunch?", "options": ["soup"]}), 400, "options"),
        (megabyte, 400, "caption"),
        (image("http://127.0.0.1:9/"), 400, "url"),
        (image("http://10.0.0.1/a.png"), 400, "url"),
        (image("http://[::1]/a.png"), 400, "url"),
        (image("http://169.254.169.254/latest"), 400, "url"),
        (image("gopher://example.org/"), 400, "url"),
        (edit("3EB0THEIRS"), 403, ""),
        (edit("3EB0MINE"), 409, ""),
        (json!({"type": "revoke", "target": "3EB0MINE"}), 409, ""),
    ] {
        let shown: String = content.to_string().chars().take(120).collect();
        assert_eq!(refused(content).await, (status, field.to_owned()), "{shown}");
    }
    let group = json!({"subject": "Choir", "participants": ["6281381393730"]});
    let answer = house.post("/v1/sessions/shop/groups", group).admin().send().await;
    assert_eq!(answer.problem(400, "invalid"), "participants");
}
