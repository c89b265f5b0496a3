//! `/api/ws/{id}`: what a client sees while a session is being linked.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use futures_util::StreamExt;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use switchboard_model::{Clock, ManualClock};
use tokio::{io::AsyncReadExt as _, net::TcpListener, time::timeout};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::tests::{house, refused};
use crate::{
    http::ApiOptions,
    testing::{House, OWN_PHONE, PASSWORD, SOON},
};

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn serve(house: &House) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = super::router(house.api.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("ws://{address}/api/ws")
}

/// The next message; nothing when the socket closes.
async fn next(socket: &mut Socket) -> Option<Value> {
    match timeout(SOON, socket.next()).await.expect("in time") {
        Some(Ok(Message::Text(text))) => Some(serde_json::from_str(&text).unwrap()),
        Some(Ok(Message::Close(_))) | None => None,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_socket_shows_codes_and_closes_after_success() {
    let house = house().await;
    let (_, session) = house.session("1234567890").await;
    let address = serve(&house).await;
    let token = house.key("sessions", None).await;
    house.ask(Method::POST, "/api/sessions/1234567890/connect").admin().send().await.ok(200);
    let link = session.link().await;
    link.qr("2@first");
    house.until(&"1234567890".parse().unwrap(), "waiting_qr").await;

    let (mut socket, _) = connect_async(format!("{address}/1234567890?token={token}")).await.unwrap();
    let first = next(&mut socket).await.unwrap();
    assert_eq!((&first["type"], &first["data"]["qr"]), (&json!("qr"), &json!("2@first")));
    link.qr("2@second");
    assert_eq!(next(&mut socket).await.unwrap()["data"]["qr"], "2@second");
    link.pair(&OWN_PHONE.parse().unwrap(), &"100001".parse().unwrap());
    assert_eq!(next(&mut socket).await.unwrap()["type"], "success");
    assert_eq!(next(&mut socket).await, None);

    let (mut late, _) = connect_async(format!("{address}/1234567890?token={token}")).await.unwrap();
    assert_eq!(next(&mut late).await.unwrap()["type"], "success");
}

#[tokio::test]
async fn who_may_only_read_is_told_of_success_alone() {
    let house = house().await;
    let (id, session) = house.session("1234567890").await;
    let address = serve(&house).await;
    let token = house.key("read", None).await;
    house.ask(Method::POST, "/api/sessions/1234567890/connect").admin().send().await.ok(200);
    let link = session.link().await;
    link.qr("2@first");
    house.until(&id, "waiting_qr").await;
    let (mut socket, _) = connect_async(format!("{address}/1234567890?token={token}")).await.unwrap();
    link.qr("2@second");
    link.pair(&OWN_PHONE.parse().unwrap(), &"100001".parse().unwrap());
    assert_eq!(next(&mut socket).await.unwrap()["type"], "success");
}

#[tokio::test]
async fn the_socket_says_what_went_wrong() {
    let house = house().await;
    house.session("shop").await;
    let address = serve(&house).await;
    let token = crate::testing::ADMIN;
    for (path, status) in [("/shop", 401), ("/shop?token=wrong", 401), ("/nobody?token=the-operators-own-key", 404)] {
        match connect_async(format!("{address}{path}")).await {
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                assert_eq!(response.status(), status, "{path}");
            }
            other => panic!("{path}: {other:?}"),
        }
    }
    refused(&house.get("/api/ws/shop").admin().send().await, 426, "Upgrade Required");
    let (mut socket, _) = connect_async(format!("{address}/shop?token={token}")).await.unwrap();
    house.ask(Method::DELETE, "/api/sessions/shop").admin().send().await.ok(200);
    let last = next(&mut socket).await.unwrap();
    assert_eq!((&last["type"], &last["data"]["error"]), (&json!("error"), &json!("the session was deleted")));
    assert_eq!(next(&mut socket).await, None);
}

#[tokio::test]
async fn the_socket_ends_with_its_login() {
    let clock = Arc::new(ManualClock::default());
    let house = House::at(clock.clone(), super::router, ApiOptions::default()).await;
    let (id, session) = house.session("1234567890").await;
    let address = serve(&house).await;
    house.ask(Method::POST, "/api/sessions/1234567890/connect").admin().send().await.ok(200);
    let link = session.link().await;
    link.qr("2@first");
    house.until(&id, "waiting_qr").await;
    let login = house.core.sign_in("admin", &PASSWORD.into(), None).await.unwrap();
    let token = login.token.expose_secret();
    let (mut socket, _) = connect_async(format!("{address}/1234567890?token={token}")).await.unwrap();
    assert_eq!(next(&mut socket).await.unwrap()["type"], "qr");
    clock.advance(login.expires_at.since(clock.now()));
    link.qr("2@second");
    let last = next(&mut socket).await.unwrap();
    let expired = json!("the token has expired: sign in again");
    assert_eq!((&last["type"], &last["data"]["error"]), (&json!("error"), &expired));
    assert_eq!(next(&mut socket).await, None);
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_let_go() {
    let options = ApiOptions { heartbeat: Duration::from_millis(10), ..ApiOptions::default() };
    let house = House::configured(super::router, options).await;
    house.session("1234567890").await;
    let (address, token) = (serve(&house).await, house.key("sessions", None).await);
    let (socket, _) = connect_async(format!("{address}/1234567890?token={token}")).await.unwrap();
    // Reads, but as one that does not know what a ping is. Ends only because the gateway closes.
    timeout(SOON, socket.into_inner().read_to_end(&mut Vec::new())).await.expect("in time").unwrap();
}
