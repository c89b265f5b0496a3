//! The document's own requests, and what else clients may do.

use axum::http::Method;
use serde_json::{Value, json};
use switchboard_core::{
    Caller,
    engine::{Fact, fake::Answer as Network},
};
use switchboard_model::SessionId;

use super::Door;
use crate::testing::{Answer, Ask, House, SOON};

async fn house() -> House {
    House::with(|api| super::router(api, Door::Open)).await
}

/// As a program on the same machine asks.
trait Local: Sized {
    fn local(self) -> Self;
}

impl Local for Ask<'_> {
    fn local(self) -> Self {
        self.header("host", "localhost:3000")
    }
}

#[track_caller]
fn refused(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let body = answer.json();
    assert_eq!((&body["success"], body.as_object().unwrap().len()), (&json!(false), 2), "{body}");
    body["error"].as_str().expect("an error").to_owned()
}

/// A session of this surface, linked and with a key.
async fn device(house: &House, id: &str) -> String {
    house.post("/api/sessions", json!({"deviceId": id})).local().send().await.ok(200);
    house.link(&id.parse().unwrap()).await;
    let set =
        house.ask(Method::PUT, &format!("/api/sessions/{id}/api-key")).json(&json!({})).local().send().await.ok(200);
    set["apiKey"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_documents_session_from_first_to_last() {
    let house = house().await;
    let made = house.post("/api/sessions", json!({"deviceId": "device-001"})).local().send().await.ok(200);
    assert_eq!(made, json!({"success": true, "message": "Session created", "deviceId": "device-001"}));
    refused(&house.post("/api/sessions", json!({"deviceId": "device-001"})).local().send().await, 409);

    let id = "device-001".parse().unwrap();
    let link = tokio::time::timeout(SOON, house.engine.session(&id).link()).await.expect("it connects by itself");
    link.qr("2@abc");
    let qr = house.get("/api/sessions/device-001/qr").local().send().await.ok(200);
    let image = qr["qrImage"].as_str().unwrap();
    assert!(image.starts_with("data:image/png;base64,"), "{image}");
    assert_eq!(qr, json!({"success": true, "qrCode": "2@abc", "qrImage": image}));
    house.until(&id, "waiting_qr").await;
    let waiting = house.get("/api/sessions/device-001").local().send().await.ok(200);
    assert_eq!(waiting["session"]["connectionState"], "waiting_qr");

    link.pair(&"1234567890".parse().unwrap(), &"100001".parse().unwrap());
    house.until(&id, "connected").await;
    refused(&house.get("/api/sessions/device-001/qr").local().send().await, 409);

    let custom = json!({"apiKey": "a1b2c3d4e5f6g7h8"});
    let set = house.ask(Method::PUT, "/api/sessions/device-001/api-key").json(&custom).local().send().await.ok(200);
    assert_eq!(set, json!({"success": true, "message": "API key updated", "apiKey": "a1b2c3d4e5f6g7h8"}));

    let shown = house.get("/api/sessions/device-001").local().send().await.ok(200);
    let created = shown["session"]["createdAt"].as_str().unwrap();
    assert_eq!(created.len(), "2026-01-09T10:00:00.000Z".len(), "{created}");
    let session = json!({
        "deviceId": "device-001", "connectionState": "connected", "hasApiKey": true, "apiKeyMasked": "a1b2c3d4...",
        "phoneNumber": "1234567890", "createdAt": created, "isActive": true,
    });
    assert_eq!(shown, json!({"success": true, "session": session}));
    let mut listed = session;
    listed.as_object_mut().unwrap().remove("apiKeyMasked");
    let list = house.get("/api/sessions").local().send().await.ok(200);
    assert_eq!(list, json!({"success": true, "sessions": [listed]}));

    let deleted = house.ask(Method::DELETE, "/api/sessions/device-001").local().send().await.ok(200);
    assert_eq!(deleted, json!({"success": true, "message": "Session deleted"}));
    refused(&house.get("/api/sessions/device-001").local().send().await, 404);
    assert!(house.engine.session(&id).was_unlinked());
}

/// Waits until the device is in this state and nothing runs for it: what ran ends a moment after its last word.
async fn at_rest(house: &House, id: &SessionId, word: &str) {
    house.until(id, word).await;
    house.core.disconnect(&Caller::System, id).await.unwrap();
}

/// Asks for the code while the network shows this one on the next connection.
async fn asked_for_qr(house: &House, id: &SessionId, code: &str) -> Answer {
    let session = house.engine.session(id);
    let shown = async { session.link().await.qr(code) };
    let path = format!("/api/sessions/{id}/qr");
    tokio::join!(house.get(&path).local().send(), shown).0
}

#[tokio::test]
async fn a_device_that_was_logged_out_is_linked_again() {
    let house = house().await;
    device(&house, "device-001").await;
    let id: SessionId = "device-001".parse().unwrap();
    house.engine.session(&id).link().await.log_out();
    at_rest(&house, &id, "logged_out").await;
    refused(&house.post("/api/sessions", json!({"deviceId": "device-001"})).local().send().await, 409);
    assert_eq!(asked_for_qr(&house, &id, "2@anew").await.ok(200)["qrCode"], "2@anew");

    house.until(&id, "waiting_qr").await;
    let failed = Fact::PairingFailed { reason: "nobody scanned".to_owned() };
    house.engine.session(&id).link().await.end_with(failed);
    at_rest(&house, &id, "disabled").await;
    assert_eq!(asked_for_qr(&house, &id, "2@again").await.ok(200)["qrCode"], "2@again");
    house.engine.session(&id).link().await.pair(&"1234567890".parse().unwrap(), &"100001".parse().unwrap());
    house.until(&id, "connected").await;

    // Whoever disconnects a linked device wants it so: looking for a code does not connect it.
    let opens = house.engine.session(&id).opens();
    house.core.disconnect(&Caller::System, &id).await.unwrap();
    refused(&house.get("/api/sessions/device-001/qr").local().send().await, 404);
    assert_eq!(house.engine.session(&id).opens(), opens);
}

fn message(device: &str) -> Value {
    json!({"deviceId": device, "number": "1234567890", "message": "Hello from WhatsApp API!"})
}

#[tokio::test]
async fn the_documents_message() {
    let house = house().await;
    let key = device(&house, "device-001").await;
    let sent = house.post("/api/messages/send", message("device-001")).bearer(&key).send().await.ok(200);
    let expected = json!({
        "success": true, "status": "sent", "to": "1234567890@s.whatsapp.net", "message": "Hello from WhatsApp API!",
    });
    assert_eq!(sent, expected);
    let ask = || house.post("/api/messages/send", message("device-001")).bearer(&key).header("idempotency-key", "k");
    ask().send().await.ok(200);
    ask().send().await.ok(200);
    assert_eq!(house.engine.session(&"device-001".parse().unwrap()).sent().len(), 2);
}

#[tokio::test]
async fn sending_before_the_session_is_connected() {
    let house = house().await;
    let key = device(&house, "device-001").await;
    house.core.disconnect(&Caller::System, &"device-001".parse().unwrap()).await.unwrap();
    let answer = house.post("/api/messages/send", message("device-001")).bearer(&key).send().await;
    assert_eq!(answer.ok(400), json!({"success": false, "error": "Session not connected"}));
}

#[tokio::test]
async fn a_message_that_the_network_refuses_is_no_success() {
    let house = house().await;
    let key = device(&house, "device-001").await;
    house.engine.session(&"device-001".parse().unwrap()).answer(Network::Nack("463".to_owned()));
    let answer = house.post("/api/messages/send", message("device-001")).bearer(&key).send().await;
    assert!(refused(&answer, 422).contains("463"));
}

#[tokio::test]
async fn a_number_that_is_not_on_whatsapp_is_422() {
    let house = house().await;
    let key = device(&house, "device-001").await;
    house.engine.session(&"device-001".parse().unwrap()).answer(Network::Nack("404".to_owned()));
    let answer = house.post("/api/messages/send", message("device-001")).bearer(&key).send().await;
    assert!(refused(&answer, 422).contains("not on WhatsApp"), "{}", answer.text());
}

#[tokio::test]
async fn two_devices_cannot_share_a_key() {
    let house = house().await;
    for (id, status) in [("device-001", 200), ("device-002", 409)] {
        house.post("/api/sessions", json!({"deviceId": id})).local().send().await.ok(200);
        let ask = house.ask(Method::PUT, &format!("/api/sessions/{id}/api-key"));
        let set = ask.json(&json!({"apiKey": "one-key-for-both-devices"})).local().send().await;
        assert_eq!(set.status.as_u16(), status, "{id}: {}", set.text());
    }
}

#[tokio::test]
async fn a_key_of_another_device_is_a_wrong_key() {
    let house = house().await;
    let (_, other) = (device(&house, "device-001").await, device(&house, "device-002").await);
    let send = async |key: Option<&str>, body: Value| {
        let ask = house.post("/api/messages/send", body);
        if let Some(key) = key { ask.bearer(key).send().await } else { ask.local().send().await }
    };
    for key in [None, Some("wrong"), Some(other.as_str())] {
        refused(&send(key, message("device-001")).await, 401);
    }
    refused(&send(Some(&other), message("nobody")).await, 401);
}

#[tokio::test]
async fn a_key_that_may_only_send_sends() {
    let house = house().await;
    device(&house, "device-001").await;
    let answered = async |scopes: &str| {
        let key = house.key(scopes, None).await;
        house.post("/api/messages/send", message("device-001")).bearer(&key).send().await
    };
    answered("send").await.ok(200);
    assert!(refused(&answered("read").await, 403).contains("send"));
}

#[tokio::test]
async fn a_new_key_ends_the_old_one() {
    let house = house().await;
    let old = device(&house, "device-001").await;
    let set =
        async |body: Value| house.ask(Method::PUT, "/api/sessions/device-001/api-key").json(&body).local().send().await;
    for generated in [json!({}), json!({"apiKey": null}), json!({"apiKey": ""})] {
        assert!(set(generated).await.ok(200)["apiKey"].as_str().unwrap().len() >= 16);
    }
    refused(&house.post("/api/messages/send", message("device-001")).bearer(&old).send().await, 401);
    for bad in [json!({"apiKey": "short"}), json!({"apiKey": 5}), json!({"apiKey": "with spaces in it, and more"})] {
        assert!(refused(&set(bad).await, 400).starts_with("apiKey: "));
    }
    let without = house.post("/api/sessions", json!({"deviceId": "new"})).local().send().await.ok(200);
    assert_eq!(without["success"], true);
    let shown = house.get("/api/sessions/new").local().send().await.ok(200);
    assert_eq!((&shown["session"]["hasApiKey"], &shown["session"]["apiKeyMasked"]), (&json!(false), &json!(null)));
}

#[tokio::test]
async fn sessions_of_other_surfaces_are_not_seen() {
    let house = house().await;
    house.session("native").await;
    assert_eq!(house.get("/api/sessions").local().send().await.ok(200)["sessions"], json!([]));
    for (method, tail) in [("GET", ""), ("DELETE", ""), ("GET", "/qr"), ("PUT", "/api-key")] {
        let ask = house.ask(method.parse().unwrap(), &format!("/api/sessions/native{tail}"));
        refused(&ask.json(&json!({})).local().send().await, 404);
    }
}

#[tokio::test]
async fn an_administrator_sees_no_sessions_of_other_surfaces_here_either() {
    let house = House::with(|api| super::router(api, Door::Signed)).await;
    let (native, _) = house.session("native").await;
    house.post("/api/sessions", json!({"deviceId": "device-001"})).admin().send().await.ok(200);
    let listed = house.get("/api/sessions").admin().send().await.ok(200)["sessions"].clone();
    assert_eq!((&listed[0]["deviceId"], listed.as_array().unwrap().len()), (&json!("device-001"), 1));
    for (method, tail) in [("GET", ""), ("DELETE", ""), ("GET", "/qr"), ("PUT", "/api-key")] {
        let ask = house.ask(method.parse().unwrap(), &format!("/api/sessions/native{tail}"));
        refused(&ask.json(&json!({})).admin().send().await, 404);
    }
    house.core.session(&Caller::System, &native).await.expect("it is left alone");
    house.get("/api/sessions/device-001").admin().send().await.ok(200);
    house.ask(Method::DELETE, "/api/sessions/device-001").admin().send().await.ok(200);
}

#[tokio::test]
async fn an_open_door_is_open_to_this_machine_only() {
    let house = house().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-for", "10.0.0.1"),
        ("via", "1.1 proxy"),
        ("origin", "http://evil.example"),
    ] {
        let ask = house.get("/api/sessions");
        let ask = if name == "host" { ask } else { ask.local() };
        refused(&ask.header(name, value).send().await, 403);
    }
    refused(&house.get("/api/sessions").send().await, 403);
}

#[tokio::test]
async fn elsewhere_an_administrator_has_to_sign_in() {
    let house = House::with(|api| super::router(api, Door::Signed)).await;
    let ann = house.user("ann").await;
    refused(&house.get("/api/sessions").local().send().await, 401);
    refused(&house.get("/api/sessions").bearer(&ann).send().await, 403);
    house.get("/api/sessions").admin().send().await.ok(200);
}

#[tokio::test]
async fn bad_input_is_refused_in_shape() {
    let house = house().await;
    let key = device(&house, "device-001").await;
    let endpoints =
        [("POST", "/api/sessions"), ("PUT", "/api/sessions/device-001/api-key"), ("POST", "/api/messages/send")];
    for (method, path) in endpoints {
        let ask = || house.ask(method.parse().unwrap(), path).local().bearer(&key);
        for body in ["{", "null", "[]", "5", r#"{"deviceId":5,"apiKey":[],"number":{}}"#, "{\"deviceId\":\"\u{0}\""] {
            refused(&ask().body(body.to_owned()).send().await, 400);
        }
        let large = json!({"deviceId": "x".repeat(1 << 20)}).to_string();
        refused(&ask().body(large).send().await, 413);
        refused(&house.ask(Method::PATCH, path).local().send().await, 405);
    }
    for id in ["", "../x", "a b", "x\u{0}", "😀", &"x".repeat(100), "'; DROP TABLE sessions; --"] {
        let answer = house.post("/api/sessions", json!({"deviceId": id})).local().send().await;
        assert!(refused(&answer, 400).starts_with("deviceId: "), "{id}");
    }
    for (body, field) in [
        (json!({"deviceId": "device-001", "number": "1234567890"}), "message"),
        (json!({"deviceId": "device-001", "number": "1234567890", "message": ""}), "message"),
        (json!({"deviceId": "device-001", "number": "", "message": "x"}), "number"),
        (json!({"deviceId": "device-001", "number": "12", "message": "x"}), "number"),
        (json!({"deviceId": "device-001", "number": "status@broadcast", "message": "x"}), "number"),
        (json!({"deviceId": "device-001", "number": "1234567890", "message": "x".repeat(100_000)}), "message"),
        (json!({"number": "1234567890", "message": "x"}), "deviceId"),
        (json!({"deviceId": "../x", "number": "1234567890", "message": "x"}), "deviceId"),
    ] {
        let answer = house.post("/api/messages/send", body).bearer(&key).send().await;
        assert!(refused(&answer, 400).starts_with(&format!("{field}: ")), "{field}: {}", answer.text());
    }
    for path in ["/api", "/api/", "/api/nothing", "/api/sessions/nobody", "/api/sessions/..%2f..", "/api/sessions/a%00"]
    {
        refused(&house.get(path).local().send().await, 404);
    }
}
