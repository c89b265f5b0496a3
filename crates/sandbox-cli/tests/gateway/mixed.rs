//! Every kind of message taking turns, in a chat, a group and the status feed; changes are about messages of earlier turns.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    gateway::Client,
    network::Sandbox,
    traffic::{self, Allowance, Copies, PNG, Pairing, copies},
};

/// The kinds of events that messages become, each message one.
pub(crate) const EVENTS: &str =
    "message.received,message.sent,message.reaction,message.edited,message.revoked,message.poll_vote";
const STATUS: &str = "status@broadcast";
/// After so many turns it begins anew.
const TURNS: usize = 18;
const OGG: &str = "T2dnUwBzb3VuZA==";
const MP4: &str = "AAAAGGZ0eXBtcDQydmlkZW8=";
const WEBP: &str = "UklGRgAAAABXRUJQVlA4IA==";

/// Two who talk, and the group that both are in.
#[derive(Clone)]
pub(crate) struct Talk {
    pub(crate) pair: Pairing,
    group: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Chat,
    Group,
    Status,
}

/// A message that was accepted. Order holds within a place.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) place: Place,
    pub(crate) id: String,
    /// Says of what kind it is.
    turn: usize,
}

/// One message as both APIs take it: what it says, and what goes along.
struct Turn {
    place: Place,
    content: Value,
    along: Value,
}

impl Talk {
    /// The peer's phone makes the group.
    pub(crate) async fn begin(sandbox: &Sandbox, pair: Pairing) -> Self {
        let group = json!({ "subject": "both of us", "participants": [pair.number] });
        let made = sandbox.post(&format!("/phones/{}/groups", pair.peer), group).await;
        Self { pair, group: made["id"].as_str().unwrap().to_owned() }
    }

    /// Sends `count` messages from the session, one after the other, whatever becomes of the gateway meanwhile.
    pub(crate) async fn send_out(self, client: Client, count: usize, mut allowance: Allowance) -> Vec<Said> {
        let mut said = Vec::new();
        for n in 0..count {
            allowance.wait_for(|allowed| n < *allowed).await.unwrap();
            let Turn { place, content, along } = turn(n, "out", &said);
            if content["type"] == "poll_vote" {
                self.until_sent(&client, &content["target"]).await;
            }
            let mut body = merged(json!({ "to": self.to(place, &self.pair.peer), "content": content }), along);
            if place == Place::Status {
                body["audience"] = json!([self.pair.peer]);
            }
            let path = format!("/v1/sessions/{}/messages", self.pair.session);
            let answer = client.post_until_accepted(&path, &format!("{}-{n}", self.pair.session), &body).await;
            said.push(Said { place, id: answer["id"].as_str().unwrap().to_owned(), turn: n });
        }
        said
    }

    /// Lets the peer's phone write `count` messages to the session's number.
    pub(crate) async fn send_in(self, sandbox: &Sandbox, count: usize, mut allowance: Allowance) -> Vec<Said> {
        let mut said = Vec::new();
        for n in 0..count {
            allowance.wait_for(|allowed| n < *allowed).await.unwrap();
            let Turn { place, content, along } = turn(n, "in", &said);
            let body = merged(merged(content, along), json!({ "to": self.to(place, &self.pair.number) }));
            let answer = sandbox.post(&format!("/phones/{}/messages", self.pair.peer), body).await;
            said.push(Said { place, id: answer["id"].as_str().unwrap().to_owned(), turn: n });
        }
        said
    }

    /// Every accepted message is on the peer's phone, each id once, in order, and what it changed is changed. Returns
    /// how often each came.
    pub(crate) async fn check_out(&self, sandbox: &Sandbox, accepted: &[Said]) -> Vec<Copies> {
        let limit = std::time::Duration::from_secs(60);
        let received = |shown: &[Value]| shown.iter().filter(|message| message["from_me"] == false).count();
        let shown = sandbox.until_shown(&self.pair.peer, limit, |shown| received(shown) >= accepted.len()).await;
        let received: Vec<_> = shown.iter().filter(|message| message["from_me"] == false).collect();
        let names = |message: &&Value| (place(&message["chat"]), message["id"].as_str().unwrap().to_owned());
        let got = by_place(received.iter().map(names));
        assert_eq!(got, in_order(accepted), "{}: what the phone shows", self.pair.session);
        for message in &received {
            check_change(message, &shown);
        }
        received.into_iter().map(copies).collect()
    }

    /// What a vote is sealed with is known once the poll was sent.
    async fn until_sent(&self, client: &Client, poll: &Value) {
        let path = format!("/v1/sessions/{}/messages/{}", self.pair.session, poll.as_str().unwrap());
        while ["queued", "sending"].contains(&client.get_until_answered(&path).await["status"].as_str().unwrap()) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    fn to<'a>(&'a self, place: Place, person: &'a str) -> &'a str {
        match place {
            Place::Chat => person,
            Place::Group => &self.group,
            Place::Status => STATUS,
        }
    }
}

/// The ids of what came in, for each session and place, as the log tells it.
pub(crate) fn received(events: &[Value]) -> HashMap<String, HashMap<Place, Vec<String>>> {
    let mut sessions: HashMap<String, HashMap<Place, Vec<String>>> = HashMap::new();
    for event in events.iter().filter(|event| event["data"]["from_me"] == false) {
        let places = sessions.entry(event["session"].as_str().unwrap().to_owned()).or_default();
        let id = event["data"]["id"].as_str().unwrap().to_owned();
        places.entry(place(&event["data"]["chat"]["jid"])).or_default().push(id);
    }
    sessions
}

/// What was written and is not in the log.
pub(crate) fn missing(events: &[Value], written: &[(String, Vec<Said>)]) -> Vec<String> {
    let received = received(events);
    let is_there = |session: &str, said: &Said| {
        received.get(session).and_then(|places| places.get(&said.place)).is_some_and(|ids| ids.contains(&said.id))
    };
    let all = written.iter().flat_map(|(session, said)| said.iter().map(move |said| (session.as_str(), said)));
    let missing = all.filter(|(session, said)| !is_there(session, said));
    missing.map(|(session, Said { place, id, turn })| format!("{session}: turn {turn}, {place:?}, {id}")).collect()
}

pub(crate) fn in_order(said: &[Said]) -> HashMap<Place, Vec<String>> {
    by_place(said.iter().map(|said| (said.place, said.id.clone())))
}

fn by_place(named: impl Iterator<Item = (Place, String)>) -> HashMap<Place, Vec<String>> {
    let mut places: HashMap<Place, Vec<String>> = HashMap::new();
    for (place, id) in named {
        places.entry(place).or_default().push(id);
    }
    places
}

fn place(chat: &Value) -> Place {
    match chat.as_str().unwrap() {
        STATUS => Place::Status,
        group if group.ends_with("@g.us") => Place::Group,
        _ => Place::Chat,
    }
}

fn turn(n: usize, way: &str, earlier: &[Said]) -> Turn {
    let words = format!("{way} {n}");
    let target = |back: usize| &earlier[n - back].id;
    let chat = |content: Value| Turn { place: Place::Chat, content, along: json!({}) };
    let also = |turn: Turn, along: Value| Turn { along, ..turn };
    match n % TURNS {
        5 => chat(json!({ "type": "image", "data": PNG, "caption": words })),
        6 => chat(json!({ "type": "video", "data": MP4, "gif": true })),
        7 => chat(json!({ "type": "audio", "data": OGG, "voice": true, "seconds": 3 })),
        8 => chat(json!({ "type": "document", "data": "cGxhaW4gd29yZHM=", "file_name": "a.txt" })),
        9 => chat(json!({ "type": "sticker", "data": WEBP })),
        10 => {
            also(chat(json!({ "type": "text", "text": words })), json!({ "reply_to": target(10), "forwarded": true }))
        }
        11 => chat(json!({ "type": "reaction", "target": target(11), "emoji": "👍" })),
        12 => chat(json!({ "type": "edit", "target": target(12), "text": words })),
        13 => chat(json!({ "type": "poll_vote", "target": target(10), "options": ["salad"] })),
        14 => chat(json!({ "type": "revoke", "target": target(13) })),
        15 => Turn { place: Place::Group, ..chat(json!({ "type": "text", "text": words })) },
        16 => Turn { place: Place::Group, ..chat(json!({ "type": "image", "data": PNG, "caption": words })) },
        17 => Turn { place: Place::Status, ..chat(json!({ "type": "text", "text": words })) },
        plain => chat(traffic::content(plain, &words)),
    }
}

/// What a message is about shows its outcome.
fn check_change(message: &Value, shown: &[Value]) {
    let outcome = match message["type"].as_str() {
        Some("reaction") => "reactions",
        Some("edit") => "edited",
        Some("poll_vote") => "votes",
        Some("revoke") => "revoked",
        _ => return,
    };
    let target = shown.iter().find(|other| other["id"] == message["target"]).unwrap();
    let is_empty = target[outcome].is_null() || target[outcome] == json!({});
    assert!(!is_empty, "{message} left no trace on {target}");
}

fn merged(mut one: Value, other: Value) -> Value {
    let Value::Object(other) = other else { return one };
    one.as_object_mut().unwrap().extend(other);
    one
}
