//! What goes on when a fault happens.

use serde_json::{Value, json};

use super::{
    super::{
        gateway::PATIENCE,
        traffic::{PNG, Pairing},
    },
    stage::Stage,
};

pub(super) enum Scene {
    Idle,
    /// A message comes in.
    Incoming,
    /// Two messages come in, one right behind the other.
    InARow,
    /// Somebody writes whom the session has never heard.
    Stranger,
    /// A picture comes in; fetching it is answered with that status.
    File(u16),
    /// A message goes out.
    Outgoing,
    /// Two messages go out and are refused.
    Refused,
    /// A phone scans the session's code, in vain.
    Linking,
}

/// A number that writes to nobody else.
const STRANGER: &str = "6283300000001";

impl Scene {
    /// How often the fault has to happen for this.
    fn count(&self) -> u32 {
        match self {
            // A message concerns the account twice: its phone and its companion.
            Self::Incoming | Self::Refused => 2,
            // Whoever misses a file asks for it again before giving up.
            Self::File(404) => 20,
            _ => 1,
        }
    }

    /// In milliseconds. A session comes back soon, and is to meet a ban while it lasts.
    fn lasts(&self) -> u32 {
        if matches!(self, Self::Idle) { 8000 } else { 1000 }
    }
}

impl Stage<'_> {
    pub(super) async fn provoke(&self, scene: &Scene) {
        let number = &self.pair.number;
        let fault =
            json!({ "kind": self.fault, "number": number, "count": scene.count(), "milliseconds": scene.lasts() });
        self.sandbox.post("/faults", fault).await;
        match scene {
            Scene::Idle => {}
            Scene::Incoming => self.hear("under the fault").await,
            Scene::InARow => self.hear_in_a_row().await,
            Scene::Stranger => self.hear_a_stranger().await,
            Scene::File(status) => self.hear_a_file(*status).await,
            Scene::Outgoing => self.say("under the fault").await,
            Scene::Refused => self.say_in_vain().await,
            Scene::Linking => self.scan_in_vain().await,
        }
    }

    /// The peer writes, and the log has it.
    pub(super) async fn hear(&self, text: &str) {
        let id = self.sandbox.phone_sends(&self.pair.peer, &self.pair.number, text).await;
        self.until_heard(text, &id).await;
    }

    async fn until_heard(&self, text: &str, id: &str) {
        self.until(&format!("{text:?} comes in"), |event| {
            event["type"] == "message.received" && event["data"]["id"] == id
        })
        .await;
    }

    async fn hear_in_a_row(&self) {
        let Pairing { number, peer, .. } = &self.pair;
        let first = self.sandbox.phone_sends(peer, number, "first").await;
        let second = self.sandbox.phone_sends(peer, number, "second").await;
        self.until_heard("first", &first).await;
        self.until_heard("second", &second).await;
    }

    async fn hear_a_stranger(&self) {
        let keys = async {
            while self.keys_at_the_network().await == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, keys).await.expect("keys are left with the network anew");
        let id = self.sandbox.phone_sends(STRANGER, &self.pair.number, "we never spoke").await;
        self.until_heard("we never spoke", &id).await;
    }

    async fn keys_at_the_network(&self) -> u64 {
        let state = self.sandbox.get("/state").await;
        let mut accounts = state["accounts"].as_array().unwrap().iter();
        let account = accounts.find(|account| account["number"] == self.pair.number.as_str()).unwrap();
        account["devices"][0]["prekeys"].as_u64().unwrap()
    }

    async fn hear_a_file(&self, status: u16) {
        let Pairing { session, number, peer } = &self.pair;
        let picture = json!({ "to": number, "type": "image", "data": PNG });
        let sent = self.sandbox.post(&format!("/phones/{peer}/messages"), picture).await;
        let id = sent["id"].as_str().unwrap();
        self.until_heard("a picture", id).await;
        let path = format!("/v1/sessions/{session}/messages/{id}/media");
        assert_eq!(self.client.bytes(&path).await.0, status, "{}", self.fault);
    }

    /// The session writes, the peer's phone shows it once, and the log knows that it was delivered.
    pub(super) async fn say(&self, text: &str) {
        let sent = self.send(text, "").await;
        self.until(&format!("{text:?} is delivered"), |event| {
            event["type"] == "message.status" && event["data"]["id"] == sent["id"]
        })
        .await;
        let shown = self.sandbox.shown(&self.pair.peer).await;
        assert_eq!(shown.iter().filter(|message| message["id"] == sent["id"]).count(), 1, "{}: {text}", self.fault);
    }

    async fn say_in_vain(&self) {
        for text in ["refused", "refused again"] {
            let sent = self.send(text, "?wait=30").await;
            assert_eq!(sent["status"], "failed", "{}: {sent}", self.fault);
        }
    }

    async fn send(&self, text: &str, query: &str) -> Value {
        let body = json!({ "to": self.pair.peer, "text": text });
        self.client.post(&format!("/v1/sessions/{}/messages{query}", self.pair.session), body).await.unwrap()
    }

    async fn scan_in_vain(&self) {
        let Pairing { session, number, .. } = &self.pair;
        self.client.post(&format!("/v1/sessions/{session}/connect"), json!({})).await.unwrap();
        let qr = self.client.get(&format!("/v1/sessions/{session}/qr?wait=30")).await.unwrap();
        self.sandbox.refuses(&format!("/phones/{number}/scan"), json!({ "qr": qr["code"] })).await;
    }
}
