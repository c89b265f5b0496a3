//! A network in this process, and its control API.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_sandbox::{Network, NetworkOptions};

pub(crate) struct Sandbox {
    network: Network,
    http: reqwest::Client,
}

impl Sandbox {
    pub(crate) async fn start() -> Self {
        // Only plain HTTP is spoken here, but the client is built with TLS by whatever else is in the build.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = NetworkOptions { listen: "127.0.0.1:0".parse().unwrap(), data_dir: None };
        Self { network: Network::start(options).await.unwrap(), http: reqwest::Client::new() }
    }

    pub(crate) fn url(&self) -> String {
        self.network.url()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// A request that the state of things does not allow.
    pub(crate) async fn refuses(&self, path: &str, body: Value) {
        let (status, answer) = self.ask(path, body).await;
        assert_eq!(status, reqwest::StatusCode::CONFLICT, "{path}: {answer}");
    }

    async fn ask(&self, path: &str, body: Value) -> (reqwest::StatusCode, Value) {
        let url = format!("http://{}/sandbox{path}", self.network.local_addr());
        let response = self.http.post(url).json(&body).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("http://{}/sandbox{path}", self.network.local_addr());
        let response = self.http.get(url).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.unwrap()
    }

    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        let url = format!("http://{}/sandbox{path}", self.network.local_addr());
        let response = self.http.get(url).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.bytes().await.unwrap().to_vec()
    }

    /// A number is on the network once it has a phone.
    pub(crate) async fn phone(&self, number: &str) {
        self.post("/phones", json!({ "number": number })).await;
    }

    pub(crate) async fn phone_sends(&self, from: &str, to: &str, text: &str) -> String {
        let sent = self.post(&format!("/phones/{from}/messages"), json!({ "to": to, "text": text })).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    /// Everything a phone shows, oldest first.
    pub(crate) async fn shown(&self, number: &str) -> Vec<Value> {
        let mut messages = Vec::new();
        let mut after = 0;
        loop {
            let page = self.get(&format!("/phones/{number}/messages?after={after}")).await;
            let found = page["messages"].as_array().unwrap();
            if found.is_empty() {
                return messages;
            }
            messages.extend(found.iter().cloned());
            after = page["next"].as_i64().unwrap();
        }
    }

    /// Looks until `found` is satisfied by what the phone shows; `limit` is how long nothing new may come.
    pub(crate) async fn until_shown(
        &self,
        number: &str,
        limit: Duration,
        found: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        let (mut started, mut before) = (tokio::time::Instant::now(), 0);
        loop {
            let shown = self.shown(number).await;
            if found(&shown) {
                return shown;
            }
            if shown.len() > before {
                (started, before) = (tokio::time::Instant::now(), shown.len());
            }
            assert!(started.elapsed() < limit, "{number} shows {} messages and waits for more", shown.len());
            let newest = shown.last().map_or(0, |message| message["seq"].as_i64().unwrap());
            self.get(&format!("/phones/{number}/messages?after={newest}&wait=2")).await;
        }
    }
}
