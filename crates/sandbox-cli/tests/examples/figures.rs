//! The figures that the `microservice` document promises, measured on the binary: 100 connected sessions, 1,000
//! messages a minute out and as many in. Run by name, in release:
//! `cargo test --release -p switchboard-sandbox-cli --test examples -- --ignored --nocapture figures`
//!
//! `BENCH_SECONDS` (300) says for how long.

use std::{collections::HashMap, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinSet, time::Instant};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::sandbox::Sandbox;

const SESSIONS: usize = 100;
const EVERY: Duration = Duration::from_millis(60);
const TOKEN: &str = "sandbox-token";
/// The document's promises.
const API: Duration = Duration::from_millis(100);
const SOCKET: Duration = Duration::from_millis(50);

#[derive(Clone)]
struct Gateway {
    http: reqwest::Client,
    at: HashMap<&'static str, String>,
}

impl Gateway {
    async fn call(&self, place: &str, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.at[place]);
        let request = match &body {
            Some(body) => self.http.post(&url).json(body),
            None => self.http.get(&url),
        };
        let response = request.bearer_auth(TOKEN).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{url}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn link(&self, number: usize) {
        let id = session(number);
        self.call("MICROSERVICE_URL", "/connect", Some(json!({ "sessionId": id }))).await;
        let code = self.call("MAIN_URL", &format!("/v1/sessions/{id}/qr?wait=30"), None).await;
        let scan = format!("/sandbox/phones/{}/scan", phone(number));
        self.call("NETWORK_URL", &scan, Some(json!({ "qr": code["code"] }))).await;
        let status = format!("/session-status/{id}");
        while self.call("MICROSERVICE_URL", &status, None).await["status"] != "connected" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn session(number: usize) -> String {
    format!("bench-{number}")
}

fn phone(number: usize) -> String {
    format!("62811{number:08}")
}

fn peer(number: usize) -> String {
    format!("62822{number:08}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes and wants a quiet machine and a release build"]
async fn figures() {
    let sandbox = Sandbox::start().await;
    // Only plain HTTP is spoken, but the client is built with TLS by whatever else is in the build.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let gateway = Gateway { http: reqwest::Client::new(), at: sandbox.addresses().into_iter().collect() };
    for number in 0..SESSIONS {
        gateway.call("NETWORK_URL", "/sandbox/phones", Some(json!({ "number": peer(number) }))).await;
        gateway.link(number).await;
    }
    println!("{SESSIONS} sessions are connected");
    let (arrivals, mut arrived) = mpsc::unbounded_channel();
    tokio::spawn(listen(format!("{}/?token={TOKEN}", gateway.at["MICROSERVICE_WS"]), arrivals));
    let (api, written) = drive(&gateway).await;

    let mut socket = Vec::new();
    while socket.len() < written.len() {
        let next = tokio::time::timeout(Duration::from_secs(30), arrived.recv()).await;
        let Ok(Some((text, at))) = next else { break };
        if let Some(begun) = written.get(&text) {
            socket.push(at.duration_since(*begun));
        }
    }
    let missing = written.len() - socket.len();
    println!("{:<48}{:>8}{:>9}{:>9}{:>9}{:>9}", "", "count", "p50 ms", "p95 ms", "p99 ms", "max ms");
    let sent = row("POST /send-message, answered by the network", api);
    let told = row("WebSocket, from the phone's message to its event", socket);
    assert_eq!(missing, 0, "events that never came");
    assert!(sent < API, "the API's p99 is {sent:?}");
    assert!(told < SOCKET, "the WebSocket's p99 is {told:?}");
}

/// At every tick one message goes out and one comes in; on time whatever the answers take.
async fn drive(gateway: &Gateway) -> (Vec<Duration>, HashMap<String, Instant>) {
    let mut ticks = tokio::time::interval(EVERY);
    let (mut sends, mut phones) = (JoinSet::new(), JoinSet::new());
    for turn in 0..seconds() * 1000 / EVERY.as_millis() as usize {
        ticks.tick().await;
        sends.spawn(send(gateway.clone(), turn % SESSIONS));
        phones.spawn(receive(gateway.clone(), (turn + SESSIONS / 2) % SESSIONS, format!("in {turn}")));
    }
    (sends.join_all().await, phones.join_all().await.into_iter().collect())
}

async fn send(gateway: Gateway, number: usize) -> Duration {
    let body = json!({ "sessionId": session(number), "phoneNumber": peer(number), "message": "x" });
    let begun = Instant::now();
    gateway.call("MICROSERVICE_URL", "/send-message", Some(body)).await;
    begun.elapsed()
}

async fn receive(gateway: Gateway, number: usize, text: String) -> (String, Instant) {
    let path = format!("/sandbox/phones/{}/messages", peer(number));
    let begun = Instant::now();
    gateway.call("NETWORK_URL", &path, Some(json!({ "to": phone(number), "text": text }))).await;
    (text, begun)
}

/// Tells when each incoming message was told.
async fn listen(address: String, arrivals: mpsc::UnboundedSender<(String, Instant)>) {
    let (mut socket, _) = connect_async(address).await.unwrap();
    let subscribe = json!({ "event": "subscribe", "data": { "sessionId": "*" } });
    socket.send(Message::text(subscribe.to_string())).await.unwrap();
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let told: Value = serde_json::from_str(&text).unwrap();
        if told["event"] == "incoming_message" {
            let content = told["data"]["content"].as_str().unwrap().to_owned();
            let _ = arrivals.send((content, Instant::now()));
        }
    }
}

/// Prints one line of the table, and gives the 99th percentile.
fn row(name: &str, mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    let ms = |share: f64| at(share).as_secs_f64() * 1000.0;
    println!("{name:<48}{:>8}{:>9.1}{:>9.1}{:>9.1}{:>9.1}", took.len(), ms(0.5), ms(0.95), ms(0.99), ms(1.0));
    at(0.99)
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but their environment")]
fn seconds() -> usize {
    std::env::var("BENCH_SECONDS").map_or(300, |text| text.parse().unwrap())
}
