//! A network for one test, and its control API.

use std::net::SocketAddr;

use serde_json::{Value, json};
use switchboard_sandbox::{Network, NetworkOptions};
use tempfile::TempDir;

use super::client::{Client, Link};
use super::events::{PATIENCE, Seen};

pub(crate) struct Sandbox {
    network: Option<Network>,
    data: TempDir,
    addr: SocketAddr,
    http: reqwest::Client,
}

impl Sandbox {
    #[expect(clippy::disallowed_methods, reason = "it asks the network of this very test")]
    pub(crate) async fn start() -> Self {
        // Plain HTTP only, but the client is built with TLS by whatever else is in the build.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        let network = listen(&data, "127.0.0.1:0".parse().unwrap()).await;
        let addr = network.local_addr();
        Self { network: Some(network), data, addr, http: reqwest::Client::new() }
    }

    /// Stops the network and starts another from what it has stored, at the same address.
    pub(crate) async fn restart(&mut self) {
        self.network.take().unwrap().shutdown().await;
        self.network = Some(listen(&self.data, self.addr).await);
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/ws/chat", self.addr)
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_post(path, body).await;
        assert!(status < 300, "{path}: {status} {answer}");
        answer
    }

    pub(crate) async fn try_post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(format!("http://{}/sandbox{path}", self.addr)).body(body.to_string());
        let response = request.header("content-type", "application/json").send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.http.get(format!("http://{}/sandbox{path}", self.addr)).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }

    pub(crate) async fn phone(&self, number: &str, name: &str) {
        self.post("/phones", json!({ "number": number, "name": name })).await;
    }

    /// The text that a phone sends to a number; gives the message's id.
    pub(crate) async fn phone_sends(&self, from: &str, to: &str, text: &str) -> String {
        let sent = self.post(&format!("/phones/{from}/messages"), json!({ "to": to, "text": text })).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    /// Gives the call's id.
    pub(crate) async fn phone_calls(&self, from: &str, to: &str, video: bool) -> String {
        let placed = self.post(&format!("/phones/{from}/calls"), json!({ "to": to, "video": video })).await;
        placed["call_id"].as_str().unwrap().to_owned()
    }

    /// Waits until the phone's history shows the call like this.
    pub(crate) async fn call_is(&self, number: &str, call: &str, status: &str) {
        let reached = async {
            loop {
                let calls = self.get(&format!("/phones/{number}/calls")).await;
                if calls["calls"].as_array().unwrap().iter().any(|c| c["call_id"] == call && c["status"] == status) {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, reached).await;
        assert!(waited.is_ok(), "the call {call} at {number} is never {status}");
    }

    /// Asks until the answer is the wanted one.
    pub(crate) async fn until(&self, path: &str, what: &str, wanted: impl Fn(&Value) -> bool) {
        let reached = async {
            while !wanted(&self.get(path).await) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, reached).await;
        assert!(waited.is_ok(), "{what} never came about: {}", self.get(path).await);
    }

    /// Waits until the phone shows a message that `wanted` says is the one.
    pub(crate) async fn phone_shows(&self, number: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                // A status changes without a new message, so what is there is looked at again and again.
                let page = self.get(&format!("/phones/{number}/messages")).await;
                let messages = page["messages"].as_array().unwrap().clone();
                if let Some(found) = messages.into_iter().find(|m| wanted(m)) {
                    return found;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(found) => found,
            Err(_) => panic!("{number} never showed {what}: {}", self.get(&format!("/phones/{number}/messages")).await),
        }
    }

    pub(crate) async fn phone_shows_text(&self, number: &str, text: &str) -> Value {
        self.phone_shows(number, text, |m| m["text"] == text).await
    }

    /// A client linked to a phone by scanning its code, open and with a name of its own.
    pub(crate) async fn linked<C: Client>(&self, number: &str) -> C {
        self.phone(number, &format!("Owner of {number}")).await;
        let mut client = C::create().await;
        client.start(&self.url(), Link::Qr).await;
        self.scan(&client, number).await;
        client
    }

    pub(crate) async fn scan<C: Client>(&self, client: &C, number: &str) {
        let qr = client.events().wait("a QR code", |seen| match seen {
            Seen::Qr(qr) => Some(qr.clone()),
            _ => None,
        });
        let qr = qr.await;
        self.post(&format!("/phones/{number}/scan"), json!({ "qr": qr })).await;
        client.events().open(1).await;
    }

    /// The number's companions, as the network's state names them.
    pub(crate) async fn devices(&self, number: &str) -> Vec<Value> {
        let state = self.get("/state").await;
        let accounts = state["accounts"].as_array().unwrap();
        let account = accounts.iter().find(|a| a["number"] == number).unwrap();
        account["devices"].as_array().unwrap().clone()
    }

    /// Whether the newest connection came with the short handshake.
    pub(crate) async fn last_resumed(&self) -> bool {
        let state = self.get("/state").await;
        state["connections"].as_array().unwrap().last().unwrap()["resumed"] == true
    }

    /// Every stanza that the clients sent was one the network knows.
    pub(crate) async fn nothing_unhandled(&self) {
        assert_eq!(self.get("/unhandled").await, json!({ "unhandled": [] }));
    }
}

async fn listen(data: &TempDir, addr: SocketAddr) -> Network {
    Network::start(NetworkOptions { listen: addr, data_dir: Some(data.path().into()) }).await.unwrap()
}
