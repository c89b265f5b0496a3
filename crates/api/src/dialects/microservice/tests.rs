//! The document's own requests and events, and what else clients may do.

use axum::http::Method;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use switchboard_core::engine::{ReceiptKind, fake::Answer as Network};
use switchboard_model::Timestamp;
use tokio::{net::TcpListener, time::timeout};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::{Clients, HealthProbe, Wellness};
use crate::testing::{Answer, House, PEER, SERVICE, SOON, inbound};

async fn house() -> House {
    House::with(|api| super::router(api, Clients::default(), well())).await
}

fn well() -> HealthProbe {
    HealthProbe::new(async || Wellness::default())
}

#[track_caller]
fn refused(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let body = answer.json();
    assert_eq!((&body["success"], body.as_object().unwrap().len()), (&json!(false), 2), "{body}");
    body["error"].as_str().expect("an error").to_owned()
}

fn connect(id: &str) -> Value {
    json!({"sessionId": id, "sessionName": "Business Account", "phoneNumber": "+1234567890"})
}

async fn call(house: &House, path: &str, body: Value) -> Answer {
    house.post(path, body).bearer(SERVICE).send().await
}

#[tokio::test]
async fn health_says_what_is_missing_and_what_is_down() {
    let wellness = |down, wanting: &[&'static str]| Wellness { down, wanting: wanting.to_vec() };
    for (wellness, code, word) in [
        (wellness(false, &[]), 200, "healthy"),
        (wellness(false, &["redis"]), 200, "degraded"),
        (wellness(true, &["database", "redis"]), 503, "unhealthy"),
    ] {
        let expected = wellness.wanting.clone();
        let probe = HealthProbe::new(move || std::future::ready(wellness.clone()));
        let house = House::with(|api| super::router(api, Clients::default(), probe)).await;
        let health = house.get("/health").send().await.ok(code);
        assert_eq!((&health["status"], &health["sessions"]), (&json!(word), &json!(0)), "{health}");
        let degraded = (!expected.is_empty()).then_some(expected);
        assert_eq!(health.get("degraded"), degraded.map(|parts| json!(parts)).as_ref(), "{health}");
    }
}

#[tokio::test]
async fn the_documents_rest() {
    let house = house().await;
    let id = "1f0c9b1e-7d4f-4a53-9b1e-d6a1c2b3e4f5";
    let connecting = call(&house, "/connect", connect(id)).await.ok(200);
    assert_eq!(connecting, json!({"success": true, "sessionId": id, "message": "WhatsApp connection initiated"}));
    let session = house.engine.session(&id.parse().unwrap());
    session.link().await.qr("2@abc");
    house.until(&id.parse().unwrap(), "waiting_qr").await;
    let status = house.get(&format!("/session-status/{id}")).bearer(SERVICE).send().await.ok(200);
    assert_eq!((&status["status"], &status["phoneNumber"]), (&json!("connecting"), &json!(null)));
    assert!(status["qrCode"].as_str().unwrap().starts_with("data:image/png;base64,"), "{status}");

    session.link().await.pair(&"1234567890".parse().unwrap(), &"100001".parse().unwrap());
    house.until(&id.parse().unwrap(), "connected").await;
    let status = house.get(&format!("/session-status/{id}")).bearer(SERVICE).send().await.ok(200);
    let created = status["createdAt"].as_str().unwrap();
    let listed = json!({
        "sessionId": id, "status": "connected", "sessionName": "Business Account", "phoneNumber": "+1234567890",
        "createdAt": created,
    });
    let mut expected = listed.clone();
    expected["qrCode"] = json!(null);
    assert_eq!(status, expected);
    let list = house.get("/sessions").bearer(SERVICE).send().await.ok(200);
    assert_eq!(list, json!({"sessions": [listed], "total": 1}));

    let body = json!({"sessionId": id, "phoneNumber": "+1234567890", "message": "Hello from Rarity Leads!"});
    let sent = call(&house, "/send-message", body).await.ok(200);
    let message = sent["messageId"].as_str().unwrap();
    assert_eq!(sent, json!({"success": true, "messageId": message, "message": "Message sent successfully"}));

    let again = call(&house, "/reconnect", connect(id)).await.ok(200);
    assert_eq!(again, json!({"success": true, "sessionId": id, "message": "WhatsApp reconnection initiated"}));
    house.until(&id.parse().unwrap(), "connected").await;
    let down = call(&house, "/disconnect", json!({"sessionId": id})).await.ok(200);
    assert_eq!(down, json!({"success": true, "message": "Session disconnected successfully"}));
    let status = house.get(&format!("/session-status/{id}")).bearer(SERVICE).send().await.ok(200);
    assert_eq!(status["status"], "disconnected");

    let health = house.get("/health").send().await.ok(200);
    let expected = json!({"status": "healthy", "timestamp": health["timestamp"], "sessions": 1, "websocketClients": 0});
    assert_eq!(health, expected);
    assert!(health["timestamp"].as_str().unwrap().parse::<Timestamp>().is_ok(), "{health}");
}

#[tokio::test]
async fn connecting_again_does_no_harm() {
    let house = house().await;
    call(&house, "/connect", connect("one")).await.ok(200);
    house.link(&"one".parse().unwrap()).await;
    let again = call(&house, "/connect", json!({"sessionId": "one"})).await.ok(200);
    assert_eq!((&again["success"], &again["message"]), (&json!(true), &json!("WhatsApp session is already connected")));
    let renamed = json!({"sessionId": "one", "sessionName": "Another name"});
    call(&house, "/connect", renamed).await.ok(200);
    let status = house.get("/session-status/one").bearer(SERVICE).send().await.ok(200);
    assert_eq!(
        (&status["sessionName"], house.engine.session(&"one".parse().unwrap()).opens()),
        (&json!("Another name"), 1)
    );
}

#[tokio::test]
async fn linking_by_code() {
    let house = house().await;
    let mut body = connect("one");
    body["pairingCode"] = json!(true);
    call(&house, "/connect", body).await.ok(200);
    let link = house.engine.session(&"one".parse().unwrap()).link().await;
    assert!(matches!(link.pairing(), switchboard_core::engine::Pairing::Code { .. }));
    let without = json!({"sessionId": "two", "pairingCode": true});
    assert!(refused(&call(&house, "/connect", without).await, 400).starts_with("phoneNumber: "));
}

#[tokio::test]
async fn a_key_that_may_only_read_sees_the_status_but_no_code() {
    let house = house().await;
    call(&house, "/connect", connect("one")).await.ok(200);
    house.engine.session(&"one".parse().unwrap()).link().await.qr("2@abc");
    house.until(&"one".parse().unwrap(), "waiting_qr").await;
    let seen = async |scopes: &str| {
        let key = house.key(scopes, None).await;
        house.get("/session-status/one").bearer(&key).send().await.ok(200)
    };
    let (reader, manager) = (seen("read").await, seen("sessions").await);
    assert_eq!((&reader["status"], &reader["qrCode"]), (&json!("connecting"), &json!(null)));
    assert!(manager["qrCode"].as_str().unwrap().starts_with("data:image/png;base64,"), "{manager}");
}

#[tokio::test]
async fn sending_while_not_connected_is_409() {
    let house = house().await;
    house.session("idle").await;
    let (shop, _) = house.linked("shop").await;
    house.core.disconnect(&switchboard_core::Caller::System, &shop).await.unwrap();
    call(&house, "/connect", connect("waiting")).await.ok(200);
    house.engine.session(&"waiting".parse().unwrap()).link().await.qr("2@abc");
    house.until(&"waiting".parse().unwrap(), "waiting_qr").await;
    for (id, advice) in [("idle", "connect it first"), ("shop", "connect it first"), ("waiting", "scan its code first")]
    {
        let body = json!({"sessionId": id, "phoneNumber": PEER, "message": "x"});
        refused(&call(&house, "/send-message", body).await, 409);
    }
    let body = json!({"sessionId": "nobody", "phoneNumber": PEER, "message": "x"});
    refused(&call(&house, "/send-message", body).await, 404);
}

#[tokio::test]
async fn a_message_that_the_network_refuses_is_no_success() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    session.answer(Network::Nack("463".to_owned()));
    let body = json!({"sessionId": "shop", "phoneNumber": PEER, "message": "x"});
    assert!(refused(&call(&house, "/send-message", body).await, 422).contains("463"));
}

#[tokio::test]
async fn a_number_that_is_not_on_whatsapp_is_422() {
    let house = house().await;
    let (_, session) = house.linked("shop").await;
    session.answer(Network::Nack("404".to_owned()));
    let body = json!({"sessionId": "shop", "phoneNumber": PEER, "message": "x"});
    assert!(refused(&call(&house, "/send-message", body).await, 422).contains("not on WhatsApp"));
}

#[tokio::test]
async fn bad_input_is_refused_in_shape() {
    let house = house().await;
    house.linked("shop").await;
    for path in ["/connect", "/disconnect", "/reconnect", "/send-message"] {
        let ask = || house.ask(Method::POST, path);
        for body in [
            "",
            "{",
            "null",
            "[]",
            r#"{"sessionId":5}"#,
            r#"{"sessionId":""}"#,
            r#"{"sessionId":"../x"}"#,
            r#"{"sessionId":"a\u0000"}"#,
        ] {
            let error = refused(&ask().bearer(SERVICE).body(body.to_owned()).send().await, 400);
            assert!(
                error.starts_with("sessionId: ") || error.starts_with("body: ") || error.starts_with("phoneNumber: "),
                "{path} {body}: {error}"
            );
        }
        let large = json!({"sessionId": "x".repeat(1 << 20)}).to_string();
        refused(&ask().bearer(SERVICE).body(large).send().await, 413);
        refused(&ask().json(&json!({})).send().await, 401);
        refused(&ask().json(&json!({})).bearer("wrong").send().await, 401);
        refused(&house.get(path).bearer(SERVICE).send().await, 405);
    }
    for path in ["/sessions", "/session-status/shop"] {
        refused(&house.get(path).send().await, 401);
    }
    for path in
        ["/", "/nothing", "/session-status/", "/session-status/nobody", "/session-status/..%2f..", "/sessions/shop"]
    {
        refused(&house.get(path).bearer(SERVICE).send().await, 404);
    }
    let long = "x".repeat(100_000);
    for (phone, message, field) in [
        ("12", "x", "phoneNumber"),
        ("", "x", "phoneNumber"),
        ("status@broadcast", "x", "phoneNumber"),
        (PEER, "", "message"),
        (PEER, " ", "message"),
        (PEER, long.as_str(), "message"),
    ] {
        let body = json!({"sessionId": "shop", "phoneNumber": phone, "message": message});
        assert!(refused(&call(&house, "/send-message", body).await, 400).starts_with(field));
    }
    let ann = house.user("ann").await;
    refused(&house.get("/session-status/shop").bearer(&ann).send().await, 404);
    assert_eq!(house.get("/sessions").bearer(&ann).send().await.ok(200), json!({"sessions": [], "total": 0}));
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn serve(house: &House) -> (String, Clients) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, clients) = (listener.local_addr().unwrap(), Clients::default());
    let routes = super::socket_router(house.api.clone(), clients.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (format!("ws://{address}"), clients)
}

async fn next(socket: &mut Socket) -> Value {
    match timeout(SOON, socket.next()).await.expect("in time").expect("a message").expect("readable") {
        Message::Text(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn say(socket: &mut Socket, message: &Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

fn subscribe(id: &str) -> Value {
    json!({"event": "subscribe", "data": {"sessionId": id}})
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
    house.core.disconnect(&switchboard_core::Caller::System, &theirs).await.unwrap();
    house.post("/connect", connect("nobodys")).bearer(&ann).send().await.ok(200);
    house.engine.session(&"nobodys".parse().unwrap()).link().await.qr("2@hers");
    assert_eq!(next(&mut socket).await["data"]["sessionId"], "nobodys", "the first that is told");
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
    say(&mut socket, &json!({"event": "subscribe", "data": {"sessionId": "uuid", "token": "wrong"}})).await;
    assert_eq!(next(&mut socket).await["event"], "error");
    say(&mut socket, &json!({"event": "subscribe", "data": {"sessionId": "uuid", "token": SERVICE}})).await;
    assert_eq!(next(&mut socket).await["event"], "subscribed");

    match connect_async(format!("{address}/?token=wrong")).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => assert_eq!(response.status(), 401),
        other => panic!("{other:?}"),
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
