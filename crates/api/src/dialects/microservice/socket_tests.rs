//! The document's own events, and what else a client of the WebSocket may do.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use switchboard_core::{
    Caller, NewKey,
    engine::{Inbound, ReceiptKind},
};
use switchboard_model::{Clock, Jid, ManualClock, Party, Timestamp, UserId};
use tokio::{io::AsyncReadExt as _, net::TcpListener, time::timeout};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::{
    Clients,
    tests::{call, connect, house, well},
};
use crate::{
    http::ApiOptions,
    testing::{House, PASSWORD, PEER, SERVICE, SOON, inbound},
};

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn serve(house: &House) -> (String, Clients) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, clients) = (listener.local_addr().unwrap(), Clients::default());
    let routes = super::socket_router(house.api.clone(), clients.clone());
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (format!("ws://{address}"), clients)
}

async fn next(socket: &mut Socket) -> Value {
    match timeout(SOON, socket.next()).await.expect("in time").expect("a message").expect("readable") {
        Message::Text(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Why the socket closes.
async fn closed(socket: &mut Socket) -> String {
    match timeout(SOON, socket.next()).await.expect("in time").expect("a message").expect("readable") {
        Message::Close(Some(frame)) => frame.reason.to_string(),
        other => panic!("{other:?}"),
    }
}

async fn say(socket: &mut Socket, message: &Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

fn subscribe(id: &str) -> Value {
    json!({"event": "subscribe", "data": {"sessionId": id}})
}

fn subscribe_as(token: &str, id: &str) -> Value {
    json!({"event": "subscribe", "data": {"sessionId": id, "token": token}})
}

/// A client that has subscribed to a session.
async fn subscribed(address: &str, id: &str) -> Socket {
    let (mut socket, _) = connect_async(format!("{address}/?token={SERVICE}")).await.unwrap();
    say(&mut socket, &subscribe(id)).await;
    assert_eq!(next(&mut socket).await, json!({"event": "subscribed", "data": {"sessionId": id}}));
    socket
}

#[tokio::test]
async fn the_documents_events() {
    let house = house().await;
    let (address, clients) = serve(&house).await;
    call(&house, "/connect", connect("uuid")).await.ok(200);
    let session = house.engine.session(&"uuid".parse().unwrap());
    session.link().await.qr("2@first");
    house.until(&"uuid".parse().unwrap(), "waiting_qr").await;
    let mut socket = subscribed(&address, "uuid").await;
    assert_eq!(clients.count(), 1);

    let qr = next(&mut socket).await;
    let image = qr["data"]["qrCode"].as_str().unwrap();
    assert!(image.starts_with("data:image/png;base64,"), "{qr}");
    assert_eq!(qr, json!({"event": "qr_code", "data": {"sessionId": "uuid", "qrCode": image, "status": "connecting"}}));

    session.link().await.pair(&"1234567890".parse().unwrap(), &"100001".parse().unwrap());
    let success = json!({"event": "connection_success", "data": {"sessionId": "uuid", "status": "connected"}});
    assert_eq!(next(&mut socket).await, success);

    session.link().await.deliver(vec![inbound("IN1", "Hello!")]).await.unwrap();
    let data = json!({
        "sessionId": "uuid", "messageId": "IN1", "from": format!("{PEER}@s.whatsapp.net"), "content": "Hello!",
        "type": "text", "timestamp": "2022-02-01T13:50:00.000Z",
    });
    assert_eq!(next(&mut socket).await, json!({"event": "incoming_message", "data": data}));

    let body = json!({"sessionId": "uuid", "phoneNumber": "+1234567890", "message": "Hello from Rarity Leads!"});
    let sent = call(&house, "/send-message", body).await.ok(200);
    let mut told = next(&mut socket).await;
    // The status and the message itself are two facts of one commit; either may be told first.
    while told["event"] == "message_status" {
        told = next(&mut socket).await;
    }
    let data = json!({
        "sessionId": "uuid", "messageId": sent["messageId"], "to": "1234567890@s.whatsapp.net",
        "content": "Hello from Rarity Leads!", "timestamp": told["data"]["timestamp"],
    });
    assert_eq!(told, json!({"event": "message_sent", "data": data}));

    session.link().await.receipt(&session.sent()[0], ReceiptKind::Delivered, Timestamp::from_secs(1_767_603_600));
    let mut status = next(&mut socket).await;
    while status["data"]["status"] != "delivered" {
        status = next(&mut socket).await;
    }
    let data = json!({"sessionId": "uuid", "messageId": sent["messageId"], "status": "delivered"});
    assert_eq!(status, json!({"event": "message_status", "data": data}));

    call(&house, "/disconnect", json!({"sessionId": "uuid"})).await.ok(200);
    let lost = json!({"event": "connection_lost", "data": {"sessionId": "uuid", "status": "disconnected"}});
    assert_eq!(next(&mut socket).await, lost);
}

/// The document's own credential is shown the codes; a key that may only look on is told the rest.
#[tokio::test]
async fn a_key_that_may_only_read_is_told_of_everything_but_codes() {
    let house = house().await;
    let (address, _) = serve(&house).await;
    call(&house, "/connect", connect("uuid")).await.ok(200);
    let link = house.engine.session(&"uuid".parse().unwrap()).link().await;
    link.qr("2@waiting");
    house.until(&"uuid".parse().unwrap(), "waiting_qr").await;
    let key = house.key("read", None).await;
    let (mut reader, _) = connect_async(format!("{address}/?token={key}")).await.unwrap();
    for id in ["*", "uuid"] {
        say(&mut reader, &subscribe(id)).await;
        assert_eq!(next(&mut reader).await, json!({"event": "subscribed", "data": {"sessionId": id}}));
    }
    let mut client = subscribed(&address, "uuid").await;
    assert_eq!(next(&mut client).await["event"], "qr_code");
    link.qr("2@second");
    assert_eq!(next(&mut client).await["event"], "qr_code");
    link.pair(&"1234567890".parse().unwrap(), &"100001".parse().unwrap());
    assert_eq!(next(&mut client).await["event"], "connection_success");
    assert_eq!(next(&mut reader).await["event"], "connection_success");
}

/// Whoever comes late is shown what waits already, of one session or of all.
#[tokio::test]
async fn what_waits_is_shown_on_subscribing() {
    let house = house().await;
    house.linked("up").await;
    let (address, _) = serve(&house).await;
    let mut by_code = connect("by-code");
    by_code["pairingCode"] = json!(true);
    call(&house, "/connect", by_code).await.ok(200);
    house.engine.session(&"by-code".parse().unwrap()).link().await.pairing_code("ABCD1234");
    house.until(&"by-code".parse().unwrap(), "waiting_code").await;
    call(&house, "/connect", connect("by-scan")).await.ok(200);
    house.engine.session(&"by-scan".parse().unwrap()).link().await.qr("2@waiting");
    house.until(&"by-scan".parse().unwrap(), "waiting_qr").await;

    let data = json!({"sessionId": "by-code", "code": "ABCD1234", "status": "connecting"});
    let code = json!({"event": "pairing_code", "data": data});
    let mut one = subscribed(&address, "by-code").await;
    assert_eq!(next(&mut one).await, code);

    let mut all = subscribed(&address, "*").await;
    assert_eq!(next(&mut all).await, code);
    let qr = next(&mut all).await;
    assert_eq!((&qr["event"], &qr["data"]["sessionId"]), (&json!("qr_code"), &json!("by-scan")));
    say(&mut all, &json!({"event": "ping"})).await;
    assert_eq!(next(&mut all).await["event"], "pong", "nothing else waits");
}

/// The client chooses the id: it opens the socket, subscribes, and then connects.
#[tokio::test]
async fn a_session_can_be_subscribed_to_before_it_is_there() {
    let house = house().await;
    let (address, _) = serve(&house).await;
    let mut socket = subscribed(&address, "uuid").await;
    call(&house, "/connect", connect("uuid")).await.ok(200);
    house.engine.session(&"uuid".parse().unwrap()).link().await.qr("2@first");
    let qr = next(&mut socket).await;
    assert_eq!((&qr["event"], &qr["data"]["sessionId"]), (&json!("qr_code"), &json!("uuid")));
}

/// A session of somebody else looks like one that is not there, and stays silent.
#[tokio::test]
async fn subscribing_to_somebody_elses_session_tells_nothing() {
    let house = house().await;
    let (theirs, session) = house.linked("theirs").await;
    let (address, _) = serve(&house).await;
    let ann = house.user("ann").await;
    let (mut socket, _) = connect_async(format!("{address}/?token={ann}")).await.unwrap();
    for id in ["theirs", "nobodys"] {
        say(&mut socket, &subscribe(id)).await;
        assert_eq!(next(&mut socket).await, json!({"event": "subscribed", "data": {"sessionId": id}}));
    }
    session.link().await.deliver(vec![inbound("IN1", "not for ann")]).await.unwrap();
    house.core.disconnect(&Caller::System, &theirs).await.unwrap();
    house.post("/connect", connect("nobodys")).bearer(&ann).send().await.ok(200);
    house.engine.session(&"nobodys".parse().unwrap()).link().await.qr("2@hers");
    assert_eq!(next(&mut socket).await["data"]["sessionId"], "nobodys", "the first that is told");
}

#[tokio::test]
async fn a_status_names_its_author() {
    let house = house().await;
    let (_, session) = house.linked("uuid").await;
    let (address, _) = serve(&house).await;
    let mut socket = subscribed(&address, "uuid").await;
    let post = Inbound { chat: Party::from(Jid::Status), ..inbound("S1", "Hello, world") };
    session.link().await.deliver(vec![post]).await.unwrap();
    let told = next(&mut socket).await;
    let author = format!("{PEER}@s.whatsapp.net");
    assert_eq!((&told["data"]["from"], &told["data"]["participant"]), (&json!("status@broadcast"), &json!(author)));
}

#[tokio::test]
async fn a_visitor_without_a_credential_is_told_how() {
    let house = house().await;
    house.session("uuid").await;
    let (address, _) = serve(&house).await;
    // As the document's `wscat -c ws://localhost:3002` connects.
    let (mut socket, _) = connect_async(address.as_str()).await.unwrap();
    say(&mut socket, &subscribe("uuid")).await;
    let error = next(&mut socket).await;
    assert_eq!(error["event"], "error");
    assert!(error["data"]["error"].as_str().unwrap().contains("token"), "{error}");
    say(&mut socket, &subscribe_as("wrong", "uuid")).await;
    assert_eq!(next(&mut socket).await["event"], "error");
    say(&mut socket, &subscribe_as(SERVICE, "uuid")).await;
    assert_eq!(next(&mut socket).await["event"], "subscribed");

    match connect_async(format!("{address}/?token=wrong")).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => assert_eq!(response.status(), 401),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_visitor_who_shows_no_credential_is_let_go() {
    let options = ApiOptions { sign_in_within: Duration::from_millis(20), ..ApiOptions::default() };
    let house = House::configured(|api| super::router(api, Clients::default(), well()), options).await;
    let (address, _) = serve(&house).await;
    let mut signed = subscribed(&address, "uuid").await;
    let (mut visitor, _) = connect_async(address.as_str()).await.unwrap();
    assert_eq!(closed(&mut visitor).await, "no credential came in time");
    say(&mut signed, &json!({"event": "ping"})).await;
    assert_eq!(next(&mut signed).await["event"], "pong");
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_let_go() {
    let options = ApiOptions { heartbeat: Duration::from_millis(10), ..ApiOptions::default() };
    let house = House::configured(|api| super::router(api, Clients::default(), well()), options).await;
    let (address, clients) = serve(&house).await;
    let (socket, _) = connect_async(format!("{address}/?token={SERVICE}")).await.unwrap();
    // Reads, but as one that does not know what a ping is. Ends only because the gateway closes.
    timeout(SOON, socket.into_inner().read_to_end(&mut Vec::new())).await.expect("in time").unwrap();
    while clients.count() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn extensions_of_the_socket() {
    let house = house().await;
    let (_, session) = house.linked("one").await;
    let (address, _) = serve(&house).await;
    let mut socket = subscribed(&address, "*").await;
    say(&mut socket, &json!({"event": "ping"})).await;
    assert_eq!(next(&mut socket).await["event"], "pong");
    session.link().await.deliver(vec![inbound("IN1", "one")]).await.unwrap();
    assert_eq!(next(&mut socket).await["data"]["messageId"], "IN1");
    say(&mut socket, &json!({"event": "unsubscribe", "data": {"sessionId": "*"}})).await;
    assert_eq!(next(&mut socket).await["event"], "unsubscribed");
    session.link().await.deliver(vec![inbound("IN2", "two")]).await.unwrap();
    say(&mut socket, &json!({"event": "ping"})).await;
    assert_eq!(next(&mut socket).await["event"], "pong", "nothing more is told");
}

#[tokio::test]
async fn nonsense_on_the_socket_is_answered() {
    let house = house().await;
    let (address, _) = serve(&house).await;
    let ann = house.user("ann").await;
    let (mut socket, _) = connect_async(format!("{address}/?token={ann}")).await.unwrap();
    for nonsense in [
        "",
        "{",
        "[]",
        "null",
        "5",
        r#"{"event":5}"#,
        r#"{"event":"dance"}"#,
        r#"{"event":"subscribe"}"#,
        r#"{"event":"subscribe","data":{"sessionId":"../x"}}"#,
    ] {
        socket.send(Message::text(nonsense)).await.unwrap();
        assert_eq!(next(&mut socket).await["event"], "error", "{nonsense}");
    }
    socket.send(Message::binary(vec![0, 1, 2])).await.unwrap();
    assert_eq!(next(&mut socket).await["event"], "error");
}

/// What is told goes by the token that came last, whoever opened the socket.
#[tokio::test]
async fn another_token_brings_its_own_rights() {
    let house = house().await;
    let (_, theirs) = house.linked("theirs").await;
    let (address, _) = serve(&house).await;
    let ann = house.user("ann").await;
    house.post("/connect", connect("hers")).bearer(&ann).send().await.ok(200);
    let hers = house.engine.session(&"hers".parse().unwrap());
    let (mut socket, _) = connect_async(format!("{address}/?token={ann}")).await.unwrap();
    say(&mut socket, &subscribe("*")).await;
    assert_eq!(next(&mut socket).await["event"], "subscribed");

    say(&mut socket, &subscribe_as(SERVICE, "theirs")).await;
    assert_eq!(next(&mut socket).await["event"], "subscribed");
    theirs.link().await.deliver(vec![inbound("IN1", "for the service")]).await.unwrap();
    assert_eq!(next(&mut socket).await["data"]["messageId"], "IN1");

    say(&mut socket, &subscribe_as(&ann, "*")).await;
    assert_eq!(next(&mut socket).await["event"], "subscribed");
    theirs.link().await.deliver(vec![inbound("IN2", "not for ann")]).await.unwrap();
    hers.link().await.qr("2@hers");
    assert_eq!(next(&mut socket).await["data"]["sessionId"], "hers", "the first that is told");
}

#[tokio::test]
async fn a_token_sent_later_comes_from_the_address_of_the_socket() {
    let house = house().await;
    let (address, _) = serve(&house).await;
    for (network, answer) in [("127.0.0.0/8", "subscribed"), ("10.0.0.0/8", "error")] {
        let (scopes, allowed_ips) = ("read".parse().unwrap(), vec![network.parse().unwrap()]);
        let new = NewKey { name: network.to_owned(), scopes, allowed_ips, ..NewKey::default() };
        let key = house.core.create_key(&Caller::Admin(UserId::ADMIN), new).await.unwrap().secret;
        let (mut socket, _) = connect_async(address.as_str()).await.unwrap();
        say(&mut socket, &subscribe_as(key.expose_secret(), "*")).await;
        assert_eq!(next(&mut socket).await["event"], answer, "{network}");
    }
}

#[tokio::test]
async fn a_socket_ends_with_its_login_and_says_so() {
    let clock = Arc::new(ManualClock::default());
    let routes = |api| super::router(api, Clients::default(), well());
    let house = House::at(clock.clone(), routes, ApiOptions::default()).await;
    let (_, session) = house.linked("shop").await;
    let (address, _) = serve(&house).await;
    let login = house.core.sign_in("admin", &PASSWORD.into(), None).await.unwrap();
    let (mut socket, _) = connect_async(address.as_str()).await.unwrap();
    say(&mut socket, &subscribe_as(login.token.expose_secret(), "shop")).await;
    assert_eq!(next(&mut socket).await["event"], "subscribed");
    clock.advance(login.expires_at.since(clock.now()));
    session.link().await.deliver(vec![inbound("IN1", "too late")]).await.unwrap();
    assert_eq!(closed(&mut socket).await, "the token has expired: sign in again");
}
