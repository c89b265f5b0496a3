//! What the log tells of a session, in words.

use serde_json::Value;

use super::{super::gateway::PATIENCE, stage::Stage};

impl Stage<'_> {
    pub(super) async fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) {
        self.until_log("0", what, |events| events.iter().any(&wanted)).await;
    }

    /// Waits until the log tells these things after `begin`, and nothing else.
    pub(super) async fn until_told(&self, begin: &str, wanted: &[&str]) {
        let events = self.until_log(begin, &format!("{wanted:?}"), |events| words(events).len() >= wanted.len()).await;
        assert_eq!(words(&events), wanted, "{}", self.fault);
    }

    async fn until_log(&self, after: &str, what: &str, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let (mut events, mut after) = (Vec::new(), after.to_owned());
        let read = async {
            while !enough(&events) {
                let (more, next) = self.log(&after).await;
                events.extend(more);
                after = next;
            }
        };
        let told = tokio::time::timeout(PATIENCE, read).await;
        told.unwrap_or_else(|_| panic!("{}: never happened: {what}; but {:?}", self.fault, words(&events)));
        events
    }

    /// The session's events after a position, and where they end.
    pub(super) async fn log(&self, after: &str) -> (Vec<Value>, String) {
        let path = format!("/v1/events?session={}&after={after}&limit=1000&wait=1", self.pair.session);
        let page = self.client.get(&path).await.unwrap();
        (page["events"].as_array().unwrap().clone(), page["next_cursor"].as_str().unwrap().to_owned())
    }
}

/// A state or a status that is told once more with other particulars, like the end of catching up, is the same. A
/// message that is told once more is another, or one too many. The account's health comes first: it passes by a clock of
/// its own, which is not that of the connection.
fn words(events: &[Value]) -> Vec<String> {
    let (mut words, others): (Vec<_>, Vec<_>) = events.iter().map(word).partition(|word| word.starts_with("health"));
    words.extend(others);
    words.dedup_by(|next, last| next == last && *next != "message.received");
    words
}

fn word(event: &Value) -> String {
    let data = &event["data"];
    match event["type"].as_str().unwrap() {
        "session.state" => data["state"].as_str().unwrap().to_owned(),
        "session.health" => format!("health: {}", data["level"].as_str().unwrap()),
        kind => kind.to_owned(),
    }
}
