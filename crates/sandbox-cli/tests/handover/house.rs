//! A network, a gateway on it, and people to talk to.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    example::{Example, PATIENCE},
    gateway::{Client, Gateway, Order},
    network::Sandbox,
};

pub(crate) const OWN: &str = "15550000001";
pub(crate) const PEERS: [&str; 3] = ["15550000002", "15550000003", "15550000004"];

pub(crate) struct House {
    pub(crate) network: Sandbox,
    pub(crate) api: Client,
    pub(crate) key: String,
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    folder: TempDir,
    _gateway: Gateway,
}

impl House {
    /// With the session `bot`, linked to the own phone.
    pub(crate) async fn new() -> Self {
        let network = Sandbox::start().await;
        for number in PEERS.iter().chain([&OWN]) {
            network.phone(number).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let order = Order::new(&network.url(), &folder.path().join("gateway"));
        let base = format!("http://127.0.0.1:{}", order.port);
        let gateway = Gateway::start(order).await;
        let api = gateway.client();
        api.pair(&network, "bot", OWN).await;
        let key = api.post("/v1/keys", json!({ "name": "program", "scopes": ["bots"] })).await.unwrap();
        let key = key["key"].as_str().unwrap().to_owned();
        Self { network, api, key, base, http: reqwest::Client::new(), folder, _gateway: gateway }
    }

    pub(crate) fn example(&self, env: &[(&str, &str)]) -> Example {
        let state = self.folder.path().join("state");
        Example::start(&self.base, &self.network.url(), "bot", &self.key, &state, env)
    }

    pub(crate) fn forget_example(&self) {
        std::fs::remove_dir_all(self.folder.path().join("state")).unwrap();
    }

    /// A text from the gateway to a phone, seen there once.
    pub(crate) async fn gateway_says(&self, to: &str, text: &str) {
        let body = json!({ "to": to, "text": text });
        self.api.post("/v1/sessions/bot/messages", body).await.unwrap();
        self.phone_shows(to, text).await;
    }

    /// A text from a phone to the account; who has the session receives it.
    pub(crate) async fn phone_says(&self, from: &str, text: &str) {
        self.network.phone_sends(from, OWN, text).await;
    }

    pub(crate) async fn phone_shows(&self, number: &str, text: &str) {
        let shows = |shown: &[Value]| shown.iter().any(|message| message["text"] == text);
        let shown = self.network.until_shown(number, PATIENCE, shows).await;
        for message in shown.iter().filter(|message| message["text"] == text) {
            assert_eq!(message["copies"], 1, "{message}");
        }
        assert_eq!(shown.iter().filter(|message| message["text"] == text).count(), 1, "{text} once");
    }

    /// The texts that the gateway has received, each once.
    pub(crate) async fn gateway_received(&self, text: &str) {
        let started = tokio::time::Instant::now();
        let mut after = "0".to_owned();
        loop {
            let path = format!("/v1/events?session=bot&types=message.received&after={after}&wait=1");
            let page = self.api.get(&path).await.unwrap();
            if page["events"].as_array().unwrap().iter().any(|event| tells_of(event, text)) {
                break;
            }
            page["next_cursor"].as_str().unwrap().clone_into(&mut after);
            assert!(started.elapsed() < PATIENCE, "the gateway never received {text:?}");
        }
        let all = self.api.events("message.received").await;
        assert_eq!(all.iter().filter(|event| tells_of(event, text)).count(), 1, "{text} once");
    }

    pub(crate) async fn ask(&self, method: reqwest::Method, credential: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}/api/bots/bot/session", self.base);
        let mut request = self.http.request(method, url);
        request = match credential.matches('.').count() {
            2 => request.bearer_auth(credential),
            _ => request.header("x-api-key", credential),
        };
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.timeout(Duration::from_secs(90)).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// The device never had two connections at a time.
    pub(crate) async fn no_overlap(&self) {
        let state = self.network.get("/state").await;
        let mut spans: Vec<_> = state["connections"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["number"] == OWN && it["device"].as_i64().is_some_and(|device| device > 0))
            .map(|it| (it["opened_at"].as_str().unwrap().to_owned(), it["closed_at"].as_str().map(str::to_owned)))
            .collect();
        spans.sort();
        assert!(spans.len() > 1, "{state}");
        for pair in spans.windows(2) {
            let closed = pair[0].1.as_ref().unwrap_or_else(|| panic!("still open beside another: {spans:#?}"));
            assert!(*closed <= pair[1].0, "two at a time: {spans:#?}");
        }
    }

    pub(crate) async fn nothing_undecryptable(&self) {
        assert_eq!(self.api.events("message.undecryptable").await, [json!(null); 0]);
    }
}

fn tells_of(event: &Value, text: &str) -> bool {
    event.to_string().contains(&json!(text).to_string())
}
