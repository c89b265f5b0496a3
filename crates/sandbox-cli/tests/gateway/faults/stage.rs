//! One row of the table, played: the fault, what follows, the way back, and that the session then talks as before.

use serde_json::json;

use super::{
    super::{gateway::Client, network::Sandbox, traffic::Pairing},
    Back, Row,
    scene::Scene,
};

/// What is told of one message in and one out, after everything.
const TALK: [&str; 3] = ["message.received", "message.sent", "message.status"];

/// One session of the gateway, and its peer.
pub(super) struct Stage<'a> {
    pub(super) client: &'a Client,
    pub(super) sandbox: &'a Sandbox,
    pub(super) pair: Pairing,
    pub(super) fault: &'static str,
}

pub(super) async fn play(client: &Client, sandbox: &Sandbox, pair: Pairing, row: &Row) {
    let stage = Stage { client, sandbox, pair, fault: row.fault };
    let begin = stage.begin(&row.scene).await;
    stage.provoke(&row.scene).await;
    stage.until_told(&begin, row.told).await;
    let back = stage.bring_back(row).await;
    stage.talk().await;
    stage.until_told(&begin, &[row.told, back, &TALK].concat()).await;
}

impl Stage<'_> {
    /// A session at rest, or one that is still to be linked, and the end of the log.
    async fn begin(&self, scene: &Scene) -> String {
        let Pairing { session, number, peer } = &self.pair;
        self.sandbox.phone(peer).await;
        if matches!(scene, Scene::Linking) {
            self.client.post("/v1/sessions", json!({ "id": session })).await.unwrap();
        } else {
            self.client.pair(self.sandbox, session, number).await;
            self.talk().await;
        }
        self.log("0").await.1
    }

    async fn bring_back(&self, row: &Row) -> &'static [&'static str] {
        let Pairing { session, number, .. } = &self.pair;
        match row.back {
            Back::Itself => &[],
            Back::Connecting(reason) => {
                self.check_reason(row, reason).await;
                self.client.post(&format!("/v1/sessions/{session}/connect"), json!({})).await.unwrap();
                &["connecting", "connected"]
            }
            Back::Scanning(reason) => {
                self.check_reason(row, reason).await;
                self.client.pair_again(self.sandbox, session, number).await;
                &["connecting", "session.paired", "connected"]
            }
            Back::Pairing(reason) => {
                self.check_reason(row, reason).await;
                self.client.pair_again(self.sandbox, session, number).await;
                &["connecting", "waiting_qr", "session.qr", "connecting", "session.paired", "connected"]
            }
        }
    }

    async fn check_reason(&self, row: &Row, reason: &str) {
        let session = self.client.get(&format!("/v1/sessions/{}", self.pair.session)).await.unwrap();
        assert_eq!(session["state"], *row.told.last().unwrap(), "{}: {session}", self.fault);
        assert!(session["reason"].as_str().unwrap().contains(reason), "{}: {session}", self.fault);
    }

    /// One message each way.
    async fn talk(&self) {
        self.client.until_state(&self.pair.session, "connected").await;
        self.hear("hello").await;
        self.say("hello yourself").await;
    }
}
