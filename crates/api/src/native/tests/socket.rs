use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
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
