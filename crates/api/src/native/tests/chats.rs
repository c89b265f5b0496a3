use axum::http::Method;
use serde_json::json;
use switchboard_core::engine::Inbound;

use super::house;
use crate::testing::{PEER, inbound};

#[tokio::test]
async fn chats_show_their_newest_message_and_what_is_unread() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let other: switchboard_model::Jid = "6281381393730".parse().unwrap();
    let second = Inbound { chat: other.clone().into(), sender: other.into(), ..inbound("B", "Later") };
    let named = Inbound { push_name: Some("Ana".to_owned()), ..inbound("A", "Hello") };
    session.link().await.deliver(vec![named, second]).await.unwrap();
    let list = async |query: &str| house.get(&format!("/v1/sessions/shop/chats{query}")).admin().send().await;
    let all = list("").await.ok(200);
    assert_eq!(all["chats"].as_array().unwrap().len(), 2);
    let path = format!("/v1/sessions/shop/chats/{PEER}");
    let chat = house.get(&path).admin().send().await.ok(200);
    assert_eq!(chat["chat"]["pn"], PEER);
    assert_eq!((&chat["name"], &chat["kind"], &chat["unread"]), (&json!("Ana"), &json!("person"), &json!(1)));
    assert_eq!((&chat["muted"], &chat["last_message"]["content"]["text"]), (&json!(false), &json!("Hello")));

    house.ask(Method::POST, &format!("{path}/read")).admin().send().await.ok(204);
    assert_eq!(session.marked_read()[0].0, "A");
    let unread = list("?unread=true").await.ok(200);
    assert_eq!(unread["chats"].as_array().unwrap().len(), 1);
    let first = list("?limit=1").await.ok(200);
    let rest = list(&format!("?limit=1&cursor={}", first["next_cursor"].as_str().unwrap())).await.ok(200);
    assert_ne!(first["chats"][0]["chat"], rest["chats"][0]["chat"]);
    assert_eq!(list("?kind=dog").await.problem(400, "invalid"), "kind");
    assert_eq!(list("?cursor=dog").await.problem(400, "invalid"), "cursor");
    house.get("/v1/sessions/shop/chats/6281381393777").admin().send().await.problem(404, "not_found");
    house
        .ask(Method::POST, "/v1/sessions/shop/chats/6281381393777/read")
        .admin()
        .send()
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn messages_are_found_by_time() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let early = inbound("A", "early");
    let late = Inbound { timestamp: switchboard_model::Timestamp::from_secs(1_643_727_000), ..inbound("B", "late") };
    session.link().await.deliver(vec![early, late]).await.unwrap();
    let found = async |query: &str| {
        let page = house.get(&format!("/v1/sessions/shop/messages?{query}")).admin().send().await.ok(200);
        let ids = page["messages"].as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap().to_owned());
        ids.collect::<String>()
    };
    assert_eq!(found("since=2022-02-01T14:50:00Z").await, "B");
    assert_eq!(found("until=2022-02-01T14:50:00Z").await, "A");
    assert_eq!(found("since=2022-02-01T13:30:00Z&until=2022-02-01T15:00:00Z&kind=text&status=delivered").await, "BA");
    let bad = house.get("/v1/sessions/shop/messages?since=yesterday").admin().send().await;
    assert_eq!(bad.problem(400, "invalid"), "since");
}

#[tokio::test]
async fn a_chat_is_archived_pinned_muted_and_its_message_starred() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    session.link().await.deliver(vec![inbound("A", "Hello")]).await.unwrap();
    let path = format!("/v1/sessions/shop/chats/{PEER}");
    let patch = async |body: serde_json::Value| house.ask(Method::PATCH, &path).json(&body).admin().send().await;
    let changed = patch(json!({"archived": true, "muted": true, "unread": false})).await.ok(200);
    assert_eq!((&changed["archived"], &changed["muted"], &changed["unread"]), (&json!(true), &json!(true), &json!(0)));
    assert_eq!((&changed["pinned"], &changed["muted_until"]), (&json!(false), &json!(null)));
    let muted = patch(json!({"muted": true, "muted_until": "2999-01-01T00:00:00Z"})).await.ok(200);
    assert_eq!(muted["muted_until"], "2999-01-01T00:00:00.000Z");
    for bad in [
        json!({"muted_until": "2999-01-01T00:00:00Z"}),
        json!({"muted": true, "muted_until": "2001-01-01T00:00:00Z"}),
        json!({"muted": true, "muted_until": "soon"}),
    ] {
        assert_eq!(patch(bad).await.problem(400, "invalid"), "muted_until");
    }
    let star = async |method: Method, id: &str| {
        house.ask(method, &format!("/v1/sessions/shop/messages/{id}/star")).admin().send().await
    };
    star(Method::PUT, "A").await.ok(204);
    let shown = house.get("/v1/sessions/shop/messages/A").admin().send().await.ok(200);
    assert_eq!((&shown["starred"], &shown["from_history"]), (&json!(true), &json!(false)));
    star(Method::DELETE, "A").await.ok(204);
    star(Method::PUT, "none").await.problem(404, "not_found");
    let told = session.noticed();
    assert_eq!(told.len(), 6, "{told:?}");
}

#[tokio::test]
async fn a_persons_data_is_handed_out_line_by_line_and_erased() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    session.link().await.deliver(vec![inbound("A", "Hello")]).await.unwrap();
    let export = async || {
        let answer = house.get(&format!("/v1/sessions/shop/people/{PEER}/export")).admin().send().await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/x-ndjson"));
        let lines = answer.text().lines().map(serde_json::from_str::<serde_json::Value>).collect::<Result<Vec<_>, _>>();
        lines.unwrap().into_iter().map(|line| line["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(export().await, ["person", "chat", "message", "event"]);
    let path = format!("/v1/sessions/shop/people/{PEER}");
    let erased = house.ask(Method::DELETE, &path).admin().send().await.ok(200);
    assert_eq!((&erased["messages"], &erased["chats"], &erased["events"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(export().await, ["person"]);
    let group = house.ask(Method::DELETE, "/v1/sessions/shop/people/120363302171476233@g.us").admin().send().await;
    assert_eq!(group.problem(400, "invalid"), "person");
    house.get("/v1/sessions/shop/people/nobody/export").admin().send().await.problem(404, "not_found");
}
