//! A network, a gateway on it, and people to talk to.

use std::{sync::Arc, time::Duration};

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
    pub(crate) network: Arc<Sandbox>,
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
        let house = Self::unlinked().await;
        house.api.pair(&house.network, "bot", OWN).await;
        house
    }

    /// Without a session.
    pub(crate) async fn unlinked() -> Self {
        Self::on(Arc::new(Sandbox::start().await)).await
    }

    /// Another gateway on the same network, without a session.
    pub(crate) async fn second(&self) -> Self {
        Self::on(Arc::clone(&self.network)).await
    }

    async fn on(network: Arc<Sandbox>) -> Self {
        for number in PEERS.iter().chain([&OWN]) {
            network.phone(number).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let order = Order::new(&network.url(), &folder.path().join("gateway"));
        let base = format!("http://127.0.0.1:{}", order.port);
        let gateway = Gateway::start(order).await;
        let api = gateway.client();
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
        self.gateway_sends(to, text).await;
        self.phone_shows(to, text).await;
    }

    /// A text from the gateway to the group, seen once on each phone.
    pub(crate) async fn gateway_says_in(&self, group: &str, text: &str) {
        self.gateway_sends(group, text).await;
        self.all_show(text).await;
    }

    async fn gateway_sends(&self, to: &str, text: &str) {
        let body = json!({ "to": to, "text": text });
        self.api.post("/v1/sessions/bot/messages", body).await.unwrap();
    }

    /// A group that the first of the peers has made, with the account and all the others in it.
    pub(crate) async fn group(&self) -> String {
        let members: Vec<_> = PEERS[1..].iter().chain([&OWN]).collect();
        let body = json!({ "subject": "Choir", "participants": members });
        let made = self.network.post(&format!("/phones/{}/groups", PEERS[0]), body).await;
        made["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn all_show(&self, text: &str) {
        for peer in PEERS {
            self.phone_shows(peer, text).await;
        }
    }

    /// What the first, second, ... of them says in the group.
    pub(crate) async fn phone_says_in(&self, group: &str, from: &str, text: &str) {
        self.network.phone_sends(from, group, text).await;
    }

    /// The account's linked devices, as the network has them.
    pub(crate) async fn devices(&self) -> Vec<Value> {
        let state = self.network.get("/state").await;
        let accounts = state["accounts"].as_array().unwrap();
        let own = accounts.iter().find(|account| account["number"] == OWN).unwrap();
        own["devices"].as_array().unwrap().iter().map(|device| device["jid"].clone()).collect()
    }

    /// `switchboard LINE...`, about this gateway.
    pub(crate) async fn command(&self, line: &[&str]) {
        let place = ["--url", &self.base, "--token", self.api.token()];
        let line: Vec<_> = ["switchboard"].into_iter().chain(line.iter().copied()).chain(place).collect();
        switchboard::commands::run_within(&line).await.unwrap_or_else(|failure| panic!("{line:?}: {failure}"));
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

    /// The device never had two connections at a time: who logs in finds the one before gone.
    pub(crate) async fn no_overlap(&self) {
        let mut spans: Vec<_> = self
            .logins()
            .await
            .iter()
            .map(|it| (it["logged_in_at"].as_str().unwrap().to_owned(), it["closed_at"].as_str().map(str::to_owned)))
            .collect();
        spans.sort();
        assert!(spans.len() > 1, "{spans:#?}");
        for pair in spans.windows(2) {
            let closed = pair[0].1.as_ref().unwrap_or_else(|| panic!("still open beside another: {spans:#?}"));
            assert!(*closed <= pair[1].0, "two at a time: {spans:#?}");
        }
    }

    /// Waits until the network has noticed that nobody is there any more.
    pub(crate) async fn until_gone(&self) {
        let gone = async {
            while self.logins().await.iter().any(|it| it["closed_at"].is_null()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, gone).await.expect("its connection ends");
    }

    /// The connections that the account's companions had, or have.
    async fn logins(&self) -> Vec<Value> {
        let state = self.network.get("/state").await;
        let connections = state["connections"].as_array().unwrap().iter();
        let own = |it: &&Value| it["number"] == OWN && !it["logged_in_at"].is_null();
        connections.filter(own).cloned().collect()
    }

    pub(crate) async fn nothing_undecryptable(&self) {
        assert_eq!(self.api.events("message.undecryptable").await, [json!(null); 0]);
    }
}

fn tells_of(event: &Value, text: &str) -> bool {
    event.to_string().contains(&json!(text).to_string())
}
