//! The real engine's other side: a network of the sandbox.

use async_trait::async_trait;
use serde_json::{Value, json};
use switchboard_core::engine::{Engine, Pairing, Transmit};
use switchboard_model::MessageId;
use switchboard_store::Store;

use crate::{
    bench::{ANNA, BEN, Bench},
    side::{Ending, Side},
};

impl Bench {
    async fn at_ben(&self, id: &MessageId) -> Option<Value> {
        let page = self.get(&format!("/phones/{BEN}/messages")).await;
        page["messages"].as_array().unwrap().iter().find(|message| message["id"] == id.0).cloned()
    }
}

#[async_trait]
impl Side for Bench {
    fn engine(&self) -> &dyn Engine {
        &self.engine
    }

    fn store(&self) -> &Store {
        &self.store
    }

    /// The network itself notices.
    async fn opened(&self, _: &Pairing) {}

    async fn scan(&self, code: &str) {
        self.post(&format!("/phones/{ANNA}/scan"), json!({ "qr": code })).await;
    }

    async fn type_in(&self, code: &str) {
        self.post(&format!("/phones/{ANNA}/link"), json!({ "code": code })).await;
    }

    async fn is_linked(&self) -> bool {
        !self.devices(ANNA).await.is_empty()
    }

    async fn ben_writes(&self, text: &str) -> String {
        self.phone_sends(BEN, ANNA, text).await
    }

    async fn ben_reads(&self, _: &Transmit) {
        self.post(&format!("/phones/{BEN}/read"), json!({ "chat": ANNA })).await;
    }

    async fn shown_to_ben(&self, id: &MessageId) -> usize {
        let copies = self.at_ben(id).await.map(|message| message["copies"].as_u64().unwrap());
        usize::try_from(copies.unwrap_or_default()).unwrap()
    }

    async fn was_read(&self, id: &MessageId) -> bool {
        self.at_ben(id).await.is_some_and(|message| message["status"] == "read")
    }

    async fn unacknowledged(&self) -> usize {
        usize::try_from(self.queued(ANNA).await).unwrap()
    }

    async fn end(&self, ending: Ending) {
        let kind = match ending {
            Ending::Cut => "drop",
            Ending::Unavailable => "503",
            Ending::Replaced => "replaced",
            Ending::Removed => "device_removed",
        };
        self.fault(kind, ANNA).await;
    }

    async fn dials(&self) -> usize {
        self.get("/state").await["connections"].as_array().unwrap().len()
    }
}
