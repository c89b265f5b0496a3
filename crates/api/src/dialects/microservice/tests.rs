//! The document's own requests, and what else clients may do.

use axum::http::Method;
use serde_json::{Value, json};
use switchboard_core::engine::fake::Answer as Network;
use switchboard_model::Timestamp;

use super::{Clients, HealthProbe, Wellness};
use crate::testing::{Answer, House, PEER, SERVICE};

pub(super) async fn house() -> House {
    House::with(|api| super::router(api, Clients::default(), well())).await
}

pub(super) fn well() -> HealthProbe {
    HealthProbe::new(async || Wellness::default())
}

#[track_caller]
fn refused(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let body = answer.json();
    assert_eq!((&body["success"], body.as_object().unwrap().len()), (&json!(false), 2), "{body}");
    body["error"].as_str().expect("an error").to_owned()
}

pub(super) fn connect(id: &str) -> Value {
    json!({"sessionId": id, "sessionName": "Business Account", "phoneNumber": "+1234567890"})
}

pub(super) async fn call(house: &House, path: &str, body: Value) -> Answer {
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
        let error = refused(&call(&house, "/send-message", body).await, 409);
        assert!(error.ends_with(advice), "{error}");
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
