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

/// How many messages each may have written by now.
pub(crate) type Allowance = watch::Receiver<usize>;

/// Sends `count` messages from one session, one after the other, whatever becomes of the gateway meanwhile.
pub(crate) async fn send_out(client: Client, pair: Pairing, count: usize, mut allowance: Allowance) -> Vec<String> {
    let mut accepted = Vec::new();
    for n in 0..count {
        allowance.wait_for(|allowed| n < *allowed).await.unwrap();
        accepted.push(send_one(&client, &pair, n).await);
    }
    accepted
}

/// Sends the message of that number, and asks until it is accepted. Returns its id.
pub(crate) async fn send_one(client: &Client, pair: &Pairing, n: usize) -> String {
    let body = json!({ "to": pair.peer, "text": format!("out {n}") });
    let path = format!("/v1/sessions/{}/messages", pair.session);
    let answer = client.post_until_answered(&path, &format!("{}-{n}", pair.session), &body).await;
    answer["id"].as_str().unwrap().to_owned()
}

/// Lets the peer's phone write `count` messages to the session's number.
pub(crate) async fn send_in(sandbox: &Sandbox, pair: &Pairing, count: usize, mut allowance: Allowance) {
    for n in 0..count {
        allowance.wait_for(|allowed| n < *allowed).await.unwrap();
        sandbox.phone_sends(&pair.peer, &pair.number, &format!("in {n}")).await;
    }
}

/// Every accepted message is on the peer's phone, each id once, in order. Returns how many raw copies came.
pub(crate) async fn check_out(sandbox: &Sandbox, pair: &Pairing, accepted: &[String]) -> i64 {
    let received = |shown: &[Value]| {
        let from_us = shown.iter().filter(|message| message["from_me"] == false);
        from_us.map(|message| message["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let limit = std::time::Duration::from_secs(60);
    let shown = sandbox.until_shown(&pair.peer, limit, |shown| received(shown).len() >= accepted.len()).await;
    assert_eq!(received(&shown), accepted, "{}: what the phone shows", pair.session);
    shown.iter().filter(|message| message["from_me"] == false).map(|message| message["copies"].as_i64().unwrap()).sum()
}

/// The texts that were received, for each session, as the log tells it.
pub(crate) fn received(events: &[Value]) -> HashMap<String, Vec<String>> {
    let mut texts: HashMap<String, Vec<String>> = HashMap::new();
    for event in events {
        let session = event["session"].as_str().unwrap().to_owned();
        let text = event["data"]["content"]["text"].as_str().unwrap().to_owned();
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
