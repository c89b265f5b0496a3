//! A network, a store and an engine.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use switchboard_core::engine::{Engine, EngineError, Fence, Open, Pairing, probe::Probe};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_engine::{EngineOptions, WhatsappEngine};
use switchboard_model::{Desired, Origin, Session, SessionId, SessionState, SystemClock, Timestamp};
use switchboard_sandbox::{Network, NetworkOptions};
use switchboard_store::{Store, leases, sessions, users};

use crate::running::{Book, Running, eventually};

pub(crate) const ANNA: &str = "15550000001";
pub(crate) const BEN: &str = "15550000002";
const LONG: Duration = Duration::from_secs(600);

pub(crate) struct Bench {
    pub network: Network,
    pub store: Store,
    pub engine: WhatsappEngine,
    http: reqwest::Client,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        // Plain HTTP only, but the client is built with TLS by whatever else is in the build.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = NetworkOptions { listen: "127.0.0.1:0".parse().unwrap(), data_dir: None };
        let network = Network::start(options).await.unwrap();
        let url = network.url().parse().unwrap();
        let store = Store::in_memory().await.unwrap();
        make_owner(&store).await;
        let options = EngineOptions { network_url: Some(url), ..options_for_tests() };
        let engine = engine(&store, options);
        let bench = Self { network, store, engine, http: reqwest::Client::new() };
        for (number, name) in [(ANNA, "Anna"), (BEN, "Ben")] {
            bench.post("/phones", json!({ "number": number, "name": name })).await;
        }
        bench
    }

    /// The phone scans, and nothing comes of it.
    pub(crate) async fn scan_in_vain(&self, number: &str, code: &str) {
        let (url, body) = (self.control(&format!("/phones/{number}/scan")), json!({ "qr": code }));
        let request = self.http.post(url).header("content-type", "application/json").body(body.to_string());
        assert_eq!(request.send().await.unwrap().status(), 409);
    }

    /// A session with its lease, and its client started.
    pub(crate) async fn open(&self, id: &str, pairing: Pairing) -> Running {
        self.try_open(id, pairing).await.unwrap()
    }

    pub(crate) async fn try_open(&self, id: &str, pairing: Pairing) -> Result<Running, EngineError> {
        self.open_with(&self.engine, id, pairing).await
    }

    pub(crate) async fn open_with(
        &self,
        engine: &WhatsappEngine,
        id: &str,
        pairing: Pairing,
    ) -> Result<Running, EngineError> {
        let session: SessionId = id.parse().unwrap();
        let epoch = own(&self.store, &session).await;
        let fence = Fence::open_for(LONG);
        let (inlet, probe) = Probe::new();
        let book = Book { store: self.store.clone(), session: session.clone(), forgetful: Arc::default() };
        let order = Open { session, epoch, fence: fence.clone(), pairing };
        Ok(Running::new(engine.open(order, inlet).await?, probe, fence, book))
    }

    /// Anna's account linked, online and caught up.
    pub(crate) async fn linked(&self, id: &str) -> Running {
        let running = self.open(id, Pairing::Qr).await;
        let code = running.qr().await;
        self.post(&format!("/phones/{ANNA}/scan"), json!({ "qr": code })).await;
        running.caught_up().await;
        running
    }

    pub(crate) async fn again(&self, id: &str) -> Running {
        let running = self.open(id, Pairing::Qr).await;
        running.caught_up().await;
        running
    }

    pub(crate) async fn phone_sends(&self, from: &str, to: &str, text: &str) -> String {
        let sent = self.post(&format!("/phones/{from}/messages"), json!({ "to": to, "text": text })).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    /// Waits until a message on a phone is as wanted.
    pub(crate) async fn phone_shows(&self, number: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(what, async || {
            let page = self.get(&format!("/phones/{number}/messages")).await;
            page["messages"].as_array().unwrap().iter().find(|message| wanted(message)).cloned()
        })
        .await
    }

    pub(crate) async fn fault(&self, kind: &str, number: &str) {
        self.post("/faults", json!({ "kind": kind, "number": number })).await;
    }

    /// Spoils the next message to the account, for its phone and for its companion.
    pub(crate) async fn spoil(&self, kind: &str, number: &str) {
        self.post("/faults", json!({ "kind": kind, "number": number, "count": 2 })).await;
    }

    /// The account's companions, as the network sees them.
    pub(crate) async fn devices(&self, number: &str) -> Vec<Value> {
        let state = self.get("/state").await;
        let accounts = state["accounts"].as_array().unwrap();
        let account = accounts.iter().find(|account| account["number"] == number).unwrap();
        account["devices"].as_array().unwrap().clone()
    }

    /// Stanzas that the only companion has not acknowledged.
    pub(crate) async fn queued(&self, number: &str) -> u64 {
        self.devices(number).await[0]["queued"].as_u64().unwrap()
    }

    pub(crate) async fn all_acknowledged(&self, number: &str) {
        eventually("an empty queue", async || (self.queued(number).await == 0).then_some(())).await;
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(self.control(path)).body(body.to_string());
        let response = request.header("content-type", "application/json").send().await.unwrap();
        let status = response.status();
        let answer = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(self.control(path)).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    fn control(&self, path: &str) -> String {
        format!("http://{}/sandbox{path}", self.network.local_addr())
    }
}

pub(crate) fn options_for_tests() -> EngineOptions {
    EngineOptions { wanted_pre_keys: Some(20), ..EngineOptions::default() }
}

pub(crate) fn engine(store: &Store, options: EngineOptions) -> WhatsappEngine {
    let http = Egress::new(EgressPolicy::with_loopback()).unwrap();
    WhatsappEngine::new(store.clone(), http, Arc::new(SystemClock), options)
}

pub(crate) async fn make_owner(store: &Store) {
    store
        .write(|tx| {
            Box::pin(async move {
                let user = users::NewUser {
                    username: "owner".into(),
                    password_hash: "-".into(),
                    role: "admin".into(),
                    created_at: Timestamp::default(),
                };
                users::insert(tx, &user).await.map(|_| ())
            })
        })
        .await
        .unwrap();
}

/// Makes the session if there is none, and takes its lease.
pub(crate) async fn own(store: &Store, id: &SessionId) -> i64 {
    let id = id.clone();
    store
        .write(move |tx| {
            let id = id.clone();
            Box::pin(async move {
                if sessions::find(&*tx, &id).await?.is_none() {
                    sessions::insert(tx, &session(&id)).await?;
                }
                leases::acquire(tx, &id, "test", None, LONG).await
            })
        })
        .await
        .unwrap()
        .expect("nobody else wants it")
}

fn session(id: &SessionId) -> Session {
    Session {
        id: id.clone(),
        name: "test".into(),
        owner: switchboard_model::UserId(1),
        origin: Origin::Native,
        desired: Desired::Connected,
        state: SessionState::Created,
        phone: None,
        lid: None,
        linked: false,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}
