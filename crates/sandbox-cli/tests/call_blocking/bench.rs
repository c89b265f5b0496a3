//! A network and a gateway on one clock that the test can move.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use switchboard_core::{
    CallBlockingChange, CallQuery, CallView, Caller, Core, CreateSession, LeaseTimes, Pacing, Pair, Parts, Settings,
};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_engine::{EngineOptions, WhatsappEngine};
use switchboard_model::{CallStatus, Clock, Origin, SessionId, SystemClock, Timestamp};
use switchboard_sandbox::{Network, NetworkOptions};
use switchboard_store::Store;

pub(crate) const ANNA: &str = "15550000001";
pub(crate) const BEN: &str = "15550000002";
const PATIENCE: Duration = Duration::from_secs(60);
const LONG: Duration = Duration::from_secs(3600);

/// The machine's clock, ahead by as much as the test says.
#[derive(Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().millis() + self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Bench {
    pub(crate) core: Core,
    pub(crate) id: SessionId,
    network: Network,
    clock: Arc<Ahead>,
    http: reqwest::Client,
}

impl Bench {
    /// Anna's account linked and connected.
    pub(crate) async fn start() -> Self {
        // Plain HTTP only, but the client is built with TLS by whatever else is in the build.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(Ahead::default());
        let options = NetworkOptions { listen: "127.0.0.1:0".parse().unwrap(), data_dir: None };
        let network = Network::start_with_clock(options, clock.clone()).await.unwrap();
        let core = gateway(&network, clock.clone()).await;
        let id: SessionId = "bot".parse().unwrap();
        let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::Native };
        core.create_session(&Caller::System, order).await.unwrap();
        let bench = Self { core, id, network, clock, http: reqwest::Client::new() };
        for number in [ANNA, BEN] {
            bench.post("/phones", json!({ "number": number })).await;
        }
        bench.core.connect(&Caller::System, &bench.id, Pair::Qr).await.unwrap();
        let qr = bench.core.qr_code(&Caller::System, &bench.id, PATIENCE).await.unwrap().expect("a code");
        bench.post(&format!("/phones/{ANNA}/scan"), json!({ "qr": qr.code })).await;
        bench.connected().await;
        bench
    }

    pub(crate) async fn connect(&self) {
        self.core.connect(&Caller::System, &self.id, Pair::Qr).await.unwrap();
        self.connected().await;
    }

    async fn connected(&self) {
        eventually("the session is connected", async || {
            let session = self.core.session(&Caller::System, &self.id).await.unwrap().session;
            session.state.is_connected().then_some(())
        })
        .await;
    }

    pub(crate) fn later(&self, by: Duration) {
        self.clock.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) async fn set(&self, change: CallBlockingChange) {
        self.core.change_call_blocking(&Caller::System, &self.id, change).await.unwrap();
    }

    /// Calls Anna from a phone; gives the call's id.
    pub(crate) async fn calls(&self, from: &str, video: bool) -> String {
        let placed = self.post(&format!("/phones/{from}/calls"), json!({ "to": ANNA, "video": video })).await;
        placed["call_id"].as_str().unwrap().to_owned()
    }

    /// Anna is told of a call with pictures in a group that she and the caller are in.
    pub(crate) async fn tells_of_a_group_call(&self, from: &str) -> String {
        let order = json!({ "to": ANNA, "video": true, "notice": true });
        let placed = self.post(&format!("/phones/{from}/calls"), order).await;
        placed["call_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn hangs_up(&self, number: &str, call: &str) {
        self.post(&format!("/phones/{number}/calls/{call}/end"), json!({})).await;
    }

    /// Anna's own phone takes the call.
    pub(crate) async fn phone_answers(&self, call: &str) {
        self.post(&format!("/phones/{ANNA}/calls/{call}/accept"), json!({})).await;
    }

    pub(crate) async fn phone_says(&self, number: &str, call: &str) -> String {
        let calls = self.get(&format!("/phones/{number}/calls")).await;
        let found = calls["calls"].as_array().unwrap().iter().find(|found| found["call_id"] == call).cloned();
        found.expect("the phone knows the call")["status"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn until_phone_says(&self, number: &str, call: &str, status: &str) {
        let what = format!("{status} on the phone of {number}");
        eventually(&what, async || (self.phone_says(number, call).await == status).then_some(())).await;
    }

    pub(crate) async fn until_reply(&self, number: &str, text: &str, times: usize) {
        eventually("the reply", async || {
            let page = self.get(&format!("/phones/{number}/messages")).await;
            let replies = page["messages"].as_array().unwrap().iter().filter(|message| message["text"] == text);
            (replies.count() == times).then_some(())
        })
        .await;
    }

    /// The gateway's own record of a call, once it is there.
    pub(crate) async fn logged(&self, call: &str) -> CallView {
        eventually("the call is logged", async || {
            let page = self.core.calls(&Caller::System, &self.id, CallQuery::default()).await.unwrap();
            page.calls.into_iter().find(|view| view.call.id == call)
        })
        .await
    }

    pub(crate) async fn until(&self, call: &str, status: CallStatus) {
        eventually(status.as_str(), async || (self.logged(call).await.status == status).then_some(())).await;
    }

    /// Whether a call of Ben's reaches Anna at all is how the network's list shows.
    pub(crate) async fn until_network_blocks(&self, blocks: bool) {
        eventually("the network's block list", async || {
            let call = self.calls(BEN, false).await;
            let heard = self.get(&format!("/phones/{ANNA}/calls")).await;
            let rings = heard["calls"].as_array().unwrap().iter().any(|found| found["call_id"] == call.as_str());
            // By now the rules may have ended it.
            let path = format!("/phones/{BEN}/calls/{call}/end");
            let _ = self.request(reqwest::Method::POST, &path, Some(json!({}))).await;
            (rings != blocks).then_some(())
        })
        .await;
    }

    pub(crate) async fn until_queue_is_empty(&self, number: &str) {
        eventually("everything is acknowledged", async || {
            let state = self.get("/state").await;
            let accounts = state["accounts"].as_array().unwrap();
            let account = accounts.iter().find(|account| account["number"] == number).unwrap();
            (account["devices"][0]["queued"] == 0).then_some(())
        })
        .await;
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (success, answer) = self.request(reqwest::Method::POST, path, Some(body)).await;
        assert!(success, "{path}: {answer}");
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (success, answer) = self.request(reqwest::Method::GET, path, None).await;
        assert!(success, "{path}: {answer}");
        answer
    }

    async fn request(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> (bool, Value) {
        let url = format!("http://{}/sandbox{path}", self.network.local_addr());
        let request = self.http.request(method, url);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let response = request.send().await.unwrap();
        (response.status().is_success(), response.json().await.unwrap())
    }
}

async fn gateway(network: &Network, clock: Arc<Ahead>) -> Core {
    let store = Store::in_memory().await.unwrap();
    let egress = Egress::new(EgressPolicy::default()).unwrap();
    let options = EngineOptions { network_url: Some(network.url().parse().unwrap()), ..EngineOptions::default() };
    // The engine's own clock stays: it would take the leap for silence.
    let engine = WhatsappEngine::new(store.clone(), egress.clone(), Arc::new(SystemClock), options);
    // Nobody renews the lease here, and nobody else wants it.
    let lease = LeaseTimes { lasts: LONG, renew_every: LONG, fence_after: LONG };
    let settings = Settings { pacing: Pacing::NONE, lease, ..Settings::default() };
    let core = Core::new(Parts { store, clock, egress, engine: Arc::new(engine), settings });
    core.ensure_admin(&Caller::System, Some("opensesame".into())).await.unwrap();
    core
}

async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("never came about: {what}"))
}
