use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use switchboard_core::{Caller, Pair};
use switchboard_model::{EventBody, Timestamp};
use tokio::{net::TcpListener, time::timeout};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::house;
use crate::testing::{ADMIN, House, SOON, inbound};

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A real server, as a WebSocket needs one.
async fn serve(house: &House) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = crate::native::router(house.api.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("ws://{address}/v1/ws")
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        match timeout(SOON, socket.next()).await.expect("in time").expect("a message").expect("readable") {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(_) => panic!("closed"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_feed_comes_over_a_socket() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    let address = serve(&house).await;
    let (mut socket, _) =
        connect_async(format!("{address}?token={ADMIN}&after=0&types=session.created")).await.unwrap();
    assert_eq!(next(&mut socket).await["type"], "session.created");

    let (mut socket, _) = connect_async(format!("{address}?token={ADMIN}")).await.unwrap();
    socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({"type": "pong"}));
    session.link().await.deliver(vec![inbound("IN1", "hi")]).await.unwrap();
    let event = next(&mut socket).await;
    assert_eq!((&event["type"], &event["data"]["id"]), (&json!("message.received"), &json!("IN1")));
    for nonsense in ["", "{", "[]", r#"{"type":"dance"}"#] {
        socket.send(Message::text(nonsense)).await.unwrap();
        assert_eq!(next(&mut socket).await["code"], "invalid");
    }
}

#[tokio::test]
async fn who_may_only_read_is_shown_no_code() {
    let house = house().await;
    let (id, session) = house.session("shop").await;
    let address = serve(&house).await;
    let key = house.key("read", None).await;
    let (mut socket, _) = connect_async(format!("{address}?token={key}&after=0")).await.unwrap();
    house.core.connect(&Caller::System, &id, Pair::Qr).await.unwrap();
    session.link().await.qr("2@secret");
    house.until(&id, "waiting_qr").await;
    house.core.disconnect(&Caller::System, &id).await.unwrap();
    loop {
        let event = next(&mut socket).await;
        assert_ne!(event["type"], "session.qr", "{event}");
        if event["data"]["state"] == "disconnected" {
            break;
        }
    }
}

#[tokio::test]
async fn the_handshake_is_refused_like_any_request() {
    let house = house().await;
    let address = serve(&house).await;
    for (query, status) in [
        ("", 401),
        ("?token=", 401),
        ("?token=wrong", 401),
        (&format!("?token={ADMIN}&session=nobody"), 404),
        (&format!("?token={ADMIN}&after=x"), 400),
    ] {
        match connect_async(format!("{address}{query}")).await {
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                assert_eq!(response.status(), status, "{query}");
            }
            other => panic!("{query}: {other:?}"),
        }
    }
    house.get("/v1/ws").admin().send().await.problem(426, "websocket_only");
}

/// Some number below `below`, another one each time, the same in every run.
fn roll(dice: &mut u64, below: u64) -> u64 {
    *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*dice >> 33) % below
}

#[tokio::test]
async fn cut_at_random_two_hundred_times_it_resumes_with_every_event_once() {
    let house = house().await;
    let (id, _) = house.session("shop").await;
    let address = serve(&house).await;
    let (core, session) = (house.api.core.clone(), id.clone());
    let events = tokio::spawn(async move {
        for number in 0..1500 {
            let body = EventBody::SessionQr { code: number.to_string(), expires_at: Timestamp::from_secs(0) };
            core.append_events(&session, vec![body]).await.unwrap();
        }
        core.newest_event().await.unwrap()
    });
    let (mut dice, mut cuts, mut seen, mut cursor) = (7, 0, Vec::new(), 0);
    let mut newest = None;
    let mut events = Some(events);
    loop {
        let (mut socket, _) = connect_async(format!("{address}?token={ADMIN}&after={cursor}")).await.unwrap();
        let last = cuts >= 200;
        for _ in 0..if last { u64::MAX } else { roll(&mut dice, 8) } {
            if newest == Some(cursor) {
                break;
            }
            let event = next(&mut socket).await;
            cursor = event["position"].as_str().unwrap().parse::<i64>().unwrap();
            seen.push(event["seq"].as_i64().unwrap());
            if last && let Some(events) = events.take() {
                newest = Some(events.await.unwrap());
            }
        }
        if last {
            break;
        }
        // Without a word of farewell.
        drop(socket);
        cuts += 1;
    }
    assert_eq!(seen, (1..=1501).collect::<Vec<_>>());
}
