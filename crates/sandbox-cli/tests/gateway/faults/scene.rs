//! One row of the table, played: the fault, what follows, the way back, and that the session then talks as before.

use serde_json::{Value, json};

use super::{
    super::{
        gateway::{Client, PATIENCE},
        network::Sandbox,
        traffic::Pairing,
    },
    Back, Row,
};

/// What goes on when the fault happens.
pub(super) enum Scene {
    Idle,
    /// A message comes in.
    Incoming,
    /// A message goes out.
    Outgoing,
}

/// What is told of one message in and one out, after everything.
const TALK: [&str; 3] = ["message.received", "message.sent", "message.status"];

/// One session of the gateway, and its peer.
struct Stage<'a> {
    client: &'a Client,
    sandbox: &'a Sandbox,
    pair: Pairing,
    fault: &'static str,
}

pub(super) async fn play(client: &Client, sandbox: &Sandbox, pair: Pairing, row: &Row) {
    let stage = Stage { client, sandbox, pair, fault: row.fault };
    let begin = stage.begin().await;
    stage.provoke(&row.scene).await;
    stage.until_told(&begin, row.told).await;
    stage.check_reason(row).await;
    let back = stage.bring_back(row.back).await;
    stage.talk().await;
    stage.until_told(&begin, &[row.told, back, &TALK].concat()).await;
}

impl Stage<'_> {
    /// A session at rest, and the end of the log.
    async fn begin(&self) -> String {
        let Pairing { session, number, peer } = &self.pair;
        self.sandbox.phone(peer).await;
        self.client.pair(self.sandbox, session, number).await;
        self.talk().await;
        self.log("0").await.1
    }

    async fn provoke(&self, scene: &Scene) {
        // A message concerns the account twice: its phone and its companion.
        let count = if matches!(scene, Scene::Incoming) { 2 } else { 1 };
        let fault = json!({ "kind": self.fault, "number": self.pair.number, "count": count });
        self.sandbox.post("/faults", fault).await;
        match scene {
            Scene::Idle => {}
            Scene::Incoming => self.hear("under the fault").await,
            Scene::Outgoing => self.say("under the fault").await,
        }
    }

    async fn bring_back(&self, back: Back) -> &'static [&'static str] {
        let Pairing { session, number, .. } = &self.pair;
        match back {
            Back::Itself => &[],
            Back::Connecting => {
                self.client.post(&format!("/v1/sessions/{session}/connect"), json!({})).await.unwrap();
                &["connecting", "connected"]
            }
            Back::Pairing => {
                self.client.pair_again(self.sandbox, session, number).await;
                &["connecting", "waiting_qr", "session.qr", "connecting", "session.paired", "connected"]
            }
        }
    }

    async fn check_reason(&self, row: &Row) {
        if let Back::Itself = row.back {
            return;
        }
        let session = self.client.get(&format!("/v1/sessions/{}", self.pair.session)).await.unwrap();
        assert_eq!(session["state"], *row.told.last().unwrap(), "{}: {session}", self.fault);
        assert!(session["reason"].as_str().unwrap().contains(row.reason), "{}: {session}", self.fault);
    }

    /// One message each way.
    async fn talk(&self) {
        self.client.until_state(&self.pair.session, "connected").await;
        self.hear("hello").await;
        self.say("hello yourself").await;
    }

    /// The peer writes, and the log has it.
    async fn hear(&self, text: &str) {
        let Pairing { number, peer, .. } = &self.pair;
        let id = self.sandbox.phone_sends(peer, number, text).await;
        self.until(&format!("{text:?} comes in"), |event| {
            event["type"] == "message.received" && event["data"]["id"] == id.as_str()
        })
        .await;
    }

    /// The session writes, the peer's phone shows it once, and the log knows that it was delivered.
    async fn say(&self, text: &str) {
        let body = json!({ "to": self.pair.peer, "text": text });
        let sent = self.client.post(&format!("/v1/sessions/{}/messages", self.pair.session), body).await.unwrap();
        self.until(&format!("{text:?} is delivered"), |event| {
            event["type"] == "message.status" && event["data"]["id"] == sent["id"]
        })
        .await;
        let shown = self.sandbox.shown(&self.pair.peer).await;
        assert_eq!(shown.iter().filter(|message| message["id"] == sent["id"]).count(), 1, "{}: {text}", self.fault);
    }

    async fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) {
        self.until_log("0", what, |events| events.iter().any(&wanted)).await;
    }

    /// Waits until the log tells these things after `begin`, and nothing else.
    async fn until_told(&self, begin: &str, wanted: &[&str]) {
        let events = self.until_log(begin, &format!("{wanted:?}"), |events| words(events).len() >= wanted.len()).await;
        assert_eq!(words(&events), wanted, "{}", self.fault);
    }

    async fn until_log(&self, after: &str, what: &str, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let read = async {
            let (mut events, mut after) = (Vec::new(), after.to_owned());
            while !enough(&events) {
                let (more, next) = self.log(&after).await;
                events.extend(more);
                after = next;
            }
            events
        };
        let told = tokio::time::timeout(PATIENCE, read).await;
        told.unwrap_or_else(|_| panic!("{}: never happened: {what}", self.fault))
    }

    /// The session's events after a position, and where they end.
    async fn log(&self, after: &str) -> (Vec<Value>, String) {
        let path = format!("/v1/events?session={}&after={after}&limit=1000&wait=1", self.pair.session);
        let page = self.client.get(&path).await.unwrap();
        (page["events"].as_array().unwrap().clone(), page["next_cursor"].as_str().unwrap().to_owned())
    }
}

/// A state or a status that is told once more with other particulars, like the end of catching up, is the same. A
/// message that is told once more is another, or one too many.
fn words(events: &[Value]) -> Vec<&str> {
    let mut words: Vec<_> = events.iter().map(word).collect();
    words.dedup_by(|next, last| next == last && *next != "message.received");
    words
}

fn word(event: &Value) -> &str {
    let kind = event["type"].as_str().unwrap();
    if kind == "session.state" { event["data"]["state"].as_str().unwrap() } else { kind }
}
