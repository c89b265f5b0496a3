//! Messages in both directions, and the account of them afterwards.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{gateway::Client, network::Sandbox};

/// Who talks to whom: each session with a peer of its own.
#[derive(Clone)]
pub(crate) struct Pairing {
    pub(crate) session: String,
    pub(crate) number: String,
    pub(crate) peer: String,
}

impl Pairing {
    pub(crate) fn numbered(n: usize) -> Self {
        Self { session: format!("s{n:03}"), number: format!("62811{n:07}"), peer: format!("62822{n:07}") }
    }
}

const CARD: &str = "BEGIN:VCARD\nVERSION:3.0\nFN:Cleo\nTEL:+15550000003\nEND:VCARD";
pub(crate) const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// The kinds of messages that need nothing else take turns; each carries these words somewhere.
pub(crate) fn content(n: usize, words: &str) -> Value {
    match n % 5 {
        0 => json!({ "type": "text", "text": words }),
        1 => json!({ "type": "location", "latitude": 1.5, "longitude": -2.5, "name": words }),
        2 => json!({ "type": "contact", "contacts": [{ "name": words, "vcard": CARD }] }),
        3 => json!({ "type": "poll", "question": words, "options": ["soup", "salad"] }),
        _ => json!({ "type": "live_location", "latitude": 1.5, "longitude": -2.5, "caption": words }),
    }
}

fn words(content: &Value) -> String {
    let places = [&content["text"], &content["name"], &content["contacts"][0]["name"], &content["question"]];
    let found = places.into_iter().chain([&content["caption"]]).find_map(Value::as_str);
    found.unwrap_or_else(|| panic!("no words in {content}")).to_owned()
}

/// How many messages each may have written by now.
pub(crate) type Allowance = watch::Receiver<usize>;

/// Sends the message of that number, and asks until it is accepted. Returns its id.
pub(crate) async fn send_one(client: &Client, pair: &Pairing, n: usize) -> String {
    let body = json!({ "to": pair.peer, "content": content(n, &format!("out {n}")) });
    let path = format!("/v1/sessions/{}/messages", pair.session);
    let answer = client.post_until_answered(&path, &format!("{}-{n}", pair.session), &body).await;
    answer["id"].as_str().unwrap().to_owned()
}

/// Every accepted message is on the peer's phone, each id once, in order. Returns how often each came.
pub(crate) async fn check_out(sandbox: &Sandbox, pair: &Pairing, accepted: &[String]) -> Vec<Copies> {
    let received = |shown: &[Value]| shown.iter().filter(|message| message["from_me"] == false).map(copies).collect();
    let limit = std::time::Duration::from_secs(60);
    let complete = |shown: &[Value]| Vec::len(&received(shown)) >= accepted.len();
    let received: Vec<Copies> = received(&sandbox.until_shown(&pair.peer, limit, complete).await);
    let ids: Vec<_> = received.iter().map(|message| &message.id).collect();
    assert_eq!(ids, accepted.iter().collect::<Vec<_>>(), "{}: what the phone shows", pair.session);
    received
}

/// How often one message reached a phone.
pub(crate) struct Copies {
    pub(crate) id: String,
    pub(crate) count: i64,
}

pub(crate) fn copies(message: &Value) -> Copies {
    Copies { id: message["id"].as_str().unwrap().to_owned(), count: message["copies"].as_i64().unwrap() }
}

/// No phone, the sessions' own included, met a message that it could not open, or a key that was used before.
pub(crate) async fn check_keys(sandbox: &Sandbox) {
    for account in sandbox.get("/state").await["accounts"].as_array().unwrap() {
        let troubles = (&account["undecryptable"], &account["reused_keys"]);
        assert_eq!(troubles, (&json!(0), &json!(0)), "messages that the phone could not open: {account}");
    }
}

/// The words that were received, for each session, as the log tells it.
pub(crate) fn received(events: &[Value]) -> HashMap<String, Vec<String>> {
    let mut texts: HashMap<String, Vec<String>> = HashMap::new();
    for event in events {
        let session = event["session"].as_str().unwrap().to_owned();
        let text = words(&event["data"]["content"]);
        texts.entry(session).or_default().push(text);
    }
    texts
}

/// Positions rise and no event stands in the log twice.
pub(crate) fn check_log(events: &[Value]) {
    let mut ids = HashSet::new();
    let mut last = 0;
    let mut sequences: BTreeMap<String, i64> = BTreeMap::new();
    for event in events {
        let position: i64 = event["position"].as_str().unwrap().parse().unwrap();
        assert!(position > last, "positions rise");
        last = position;
        assert!(ids.insert(event["id"].as_str().unwrap().to_owned()), "an event stands in the log once");
        let sequence = sequences.entry(event["session"].as_str().unwrap().to_owned()).or_default();
        assert!(event["seq"].as_i64().unwrap() > *sequence, "sequences rise");
        *sequence = event["seq"].as_i64().unwrap();
    }
}
