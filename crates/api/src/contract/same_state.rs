//! One story through each surface, as far as its document goes and completed natively, leaves the same behind.

use axum::http::Method;
use serde_json::{Value, json};
use switchboard_core::{Caller, EventQuery, MessageQuery, engine::ReceiptKind};
use switchboard_model::{Event, EventBody, SessionId, Timestamp};

use super::surfaces::Surface;
use crate::{
    native,
    testing::{ADMIN, Ask, House, PEER, SERVICE, inbound},
};

/// The parts of the story that surfaces tell differently.
struct Teller {
    surface: Surface,
    house: House,
    native: House,
}

impl Teller {
    async fn new(surface: Surface) -> Self {
        let house = House::with(|api| surface.routes(api)).await;
        let native = house.asking(native::router);
        Self { surface, house, native }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = signed(self.surface, self.house.ask(method, path)).json(&body).send().await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    async fn complete(&self, method: Method, path: &str) {
        let answer = self.native.ask(method, path).admin().send().await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
    }

    async fn create_and_connect(&self) -> SessionId {
        let id = match self.surface {
            Surface::Native => self.call(Method::POST, "/v1/sessions", json!({ "id": "shop" })).await["id"].clone(),
            Surface::Multisession => {
                self.call(Method::POST, "/api/sessions", json!({ "name": "shop" })).await["id"].clone()
            }
            Surface::WaApi => {
                self.call(Method::POST, "/api/sessions", json!({ "deviceId": "shop" })).await["deviceId"].clone()
            }
            _ => self.call(Method::POST, "/connect", json!({ "sessionId": "shop" })).await["sessionId"].clone(),
        };
        let id = id.as_str().unwrap().to_owned();
        match self.surface {
            Surface::Native => drop(self.call(Method::POST, &format!("/v1/sessions/{id}/connect"), json!({})).await),
            Surface::Multisession => {
                drop(self.call(Method::POST, &format!("/api/sessions/{id}/connect"), json!({})).await);
            }
            _ => {}
        }
        id.parse().unwrap()
    }

    async fn send(&self, id: &SessionId) {
        let text = "Hello!";
        match self.surface {
            Surface::Native => {
                let body = json!({ "to": PEER, "text": text });
                drop(self.call(Method::POST, &format!("/v1/sessions/{id}/messages?wait=10"), body).await);
            }
            Surface::Multisession => {
                let body = json!({ "recipient": PEER, "message": text });
                drop(self.call(Method::POST, &format!("/api/sessions/{id}/send"), body).await);
            }
            Surface::WaApi => {
                let path = format!("/api/sessions/{id}/api-key");
                let key = self.call(Method::PUT, &path, json!({})).await["apiKey"].as_str().unwrap().to_owned();
                let body = json!({ "deviceId": id, "number": PEER, "message": text });
                self.house.post("/api/messages/send", body).bearer(&key).send().await.ok(200);
            }
            _ => {
                let body = json!({ "sessionId": id, "phoneNumber": PEER, "message": text });
                drop(self.call(Method::POST, "/send-message", body).await);
            }
        }
    }

    async fn disconnect(&self, id: &SessionId) {
        match self.surface {
            Surface::Multisession => {
                drop(self.call(Method::POST, &format!("/api/sessions/{id}/disconnect"), json!({})).await);
            }
            Surface::Microservice => drop(self.call(Method::POST, "/disconnect", json!({ "sessionId": id })).await),
            _ => self.complete(Method::POST, &format!("/v1/sessions/{id}/disconnect")).await,
        }
    }

    async fn delete(&self, id: &SessionId) {
        match self.surface {
            Surface::Multisession | Surface::WaApi => {
                drop(self.call(Method::DELETE, &format!("/api/sessions/{id}"), json!({})).await);
            }
            _ => self.complete(Method::DELETE, &format!("/v1/sessions/{id}")).await,
        }
    }
}

fn signed(surface: Surface, ask: Ask<'_>) -> Ask<'_> {
    match surface {
        Surface::WaApi => ask.header("host", "localhost:3000"),
        Surface::Microservice => ask.bearer(SERVICE),
        _ => ask.bearer(ADMIN),
    }
}

/// Everything that is known afterwards, but for what has to differ: ids, times, names, the surface itself.
async fn left(house: &House, id: &SessionId) -> Value {
    let session = house.core.session(&Caller::System, id).await.unwrap();
    let page = house.core.messages(&Caller::System, id, MessageQuery::default()).await.unwrap();
    let messages: Vec<_> = page
        .messages
        .iter()
        .map(|view| {
            json!([view.message.chat.jid, view.message.from_me, view.message.content, view.status, view.reason])
        })
        .collect();
    let session = json!({
        "owner": session.session.owner, "state": session.session.state.word(), "desired": format!("{:?}", session.session.desired),
        "phone": session.session.phone, "linked": session.session.linked, "queued": session.queued,
    });
    json!({ "session": session, "messages": messages, "events": events(house).await })
}

async fn events(house: &House) -> Vec<String> {
    let page = house.core.events(&Caller::System, &EventQuery::default(), 0).await.unwrap();
    page.events.iter().map(said).collect()
}

fn said(event: &Event) -> String {
    match &event.body {
        EventBody::SessionStateChanged(state) => format!("{} {}", event.body.kind(), state.word()),
        EventBody::MessageStatusChanged { status, .. } => format!("{} {status:?}", event.body.kind()),
        body => body.kind().to_owned(),
    }
}

/// The story, and what is known before the session is deleted and after.
async fn story(surface: Surface) -> (Value, Vec<String>) {
    let teller = Teller::new(surface).await;
    let house = &teller.house;
    let id = teller.create_and_connect().await;
    let session = house.engine.session(&id);
    session.link().await.qr("2@code");
    house.until(&id, "waiting_qr").await;
    session.link().await.pair(&crate::testing::OWN_PHONE.parse().unwrap(), &"100001".parse().unwrap());
    house.until(&id, "connected").await;
    teller.send(&id).await;
    session.link().await.receipt(&session.sent()[0], ReceiptKind::Read, Timestamp::from_secs(1_767_603_600));
    house.until_status(&id, &session.sent()[0].id, "read").await;
    session.link().await.deliver(vec![inbound("IN1", "Hello back!")]).await.unwrap();
    teller.disconnect(&id).await;
    house.until(&id, "disconnected").await;
    let before = left(house, &id).await;
    teller.delete(&id).await;
    assert!(house.core.session(&Caller::System, &id).await.is_err(), "{surface:?}");
    (before, events(house).await)
}

#[tokio::test]
async fn every_surface_leaves_the_same_behind() {
    let native = story(Surface::Native).await;
    assert_eq!(native.0["messages"].as_array().unwrap().len(), 2, "{}", native.0);
    for surface in [Surface::Multisession, Surface::WaApi, Surface::Microservice] {
        assert_eq!(story(surface).await, native, "{surface:?}");
    }
}

/// So that the comparison is worth something: another story ends differently.
#[tokio::test]
async fn another_story_leaves_something_else() {
    let teller = Teller::new(Surface::Native).await;
    let id = teller.create_and_connect().await;
    assert_ne!(left(&teller.house, &id).await, story(Surface::Native).await.0);
}
