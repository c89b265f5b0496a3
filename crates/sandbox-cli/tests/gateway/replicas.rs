//! Two gateways on one database: each session has one owner, and loses nothing when the owner goes.

use std::{collections::HashMap, sync::Arc, time::Duration};

use serde_json::{Value, json};
use switchboard_model::Timestamp;

use super::{
    database::Postgres,
    gateway::{Gateway, Order},
    network::Sandbox,
    traffic::{self, Pairing},
};

const SESSIONS: usize = 4;
const MESSAGES: usize = 10;
/// What the survivor may need until every session of the other is online with it.
const TAKEN_OVER: Duration = Duration::from_secs(30);
/// Above the life of a lease, with a look of the supervisor and a login on top.
const LONG: Duration = Duration::from_secs(60);

/// One network, one database, two gateways with the same master key.
struct Pair {
    sandbox: Arc<Sandbox>,
    one: Gateway,
    other: Gateway,
    pairs: Vec<Pairing>,
    _data: [tempfile::TempDir; 2],
    _database: Postgres,
}

impl Pair {
    /// The sessions are linked by the first gateway, before the second starts.
    async fn start() -> Self {
        let sandbox = Arc::new(Sandbox::start().await);
        let database = Postgres::create();
        let data = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let order = |dir: &tempfile::TempDir| {
            let key = "5e".repeat(32);
            Order::new(&sandbox.url(), dir.path())
                .with("DATABASE_URL", database.url())
                .with("SWITCHBOARD_MASTER_KEY", key)
        };
        let one = Gateway::start(order(&data[0])).await;
        let pairs: Vec<_> = (0..SESSIONS).map(Pairing::numbered).collect();
        for pair in &pairs {
            sandbox.phone(&pair.peer).await;
            one.client().pair(&sandbox, &pair.session, &pair.number).await;
        }
        let other = Gateway::start(order(&data[1])).await;
        Self { sandbox, one, other, pairs, _data: data, _database: database }
    }

    /// Messages from every peer, all of them in the log before this returns unless nobody is there to take them.
    async fn write_in(&self, texts: std::ops::Range<usize>) {
        for pair in &self.pairs {
            for n in texts.clone() {
                self.sandbox.phone_sends(&pair.peer, &pair.number, &format!("in {n}")).await;
            }
        }
    }

    /// Every message up to `count` stands in the log once and in order, seen from the second gateway.
    async fn all_in(&self, count: usize) {
        let expected: Vec<_> = (0..count).map(|n| format!("in {n}")).collect();
        let client = self.other.client();
        let complete = async {
            loop {
                let events = client.events("message.received").await;
                let received = traffic::received(&events);
                if self.pairs.iter().all(|pair| received.get(&pair.session).is_some_and(|texts| texts.len() >= count)) {
                    return events;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let events = tokio::time::timeout(LONG, complete).await.expect("every message comes in");
        traffic::check_log(&events);
        let received = traffic::received(&events);
        for pair in &self.pairs {
            assert_eq!(received[&pair.session], expected, "{}", pair.session);
        }
        assert!(client.events("message.undecryptable").await.is_empty());
    }

    /// Sends through a gateway, whoever owns the sessions, and waits until the peers' phones show all of it.
    async fn send_through(&self, gateway: &Gateway, ids: &mut HashMap<String, Vec<String>>) {
        for pair in &self.pairs {
            let sent = ids.entry(pair.session.clone()).or_default();
            for _ in 0..MESSAGES {
                sent.push(traffic::send_one(&gateway.client(), pair, sent.len()).await);
            }
        }
        for pair in &self.pairs {
            traffic::check_out(&self.sandbox, pair, &ids[&pair.session]).await;
        }
    }

    async fn connections(&self) -> Vec<Value> {
        let state = self.sandbox.get("/state").await;
        let connections = state["connections"].as_array().unwrap();
        connections.iter().filter(|connection| !connection["logged_in_at"].is_null()).cloned().collect()
    }

    /// How many logins each number had.
    async fn logins(&self) -> HashMap<String, usize> {
        let mut logins = HashMap::new();
        for connection in self.connections().await {
            *logins.entry(connection["number"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        logins
    }

    /// Waits until every number has logged in more often than before, and is connected.
    async fn until_taken_over(&self, before: &HashMap<String, usize>, limit: Duration) {
        let taken_over = async {
            loop {
                let now = self.logins().await;
                let open = self.connections().await.iter().filter(|one| one["closed_at"].is_null()).count();
                if open == SESSIONS && before.iter().all(|(number, count)| now[number] > *count) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(limit, taken_over).await.expect("the other gateway takes the sessions over");
    }

    /// The network never saw two connections of one device, and threw nobody out for another.
    async fn one_owner_at_a_time(&self) {
        let mut spans: HashMap<String, Vec<(Timestamp, Option<Timestamp>)>> = HashMap::new();
        for connection in self.connections().await {
            let reason = connection["close_reason"].as_str().unwrap_or_default();
            assert!(!reason.contains("replaced"), "{connection}");
            let time = |name: &str| connection[name].as_str().map(|text| text.parse::<Timestamp>().unwrap());
            let span = (time("logged_in_at").unwrap(), time("closed_at"));
            spans.entry(connection["number"].as_str().unwrap().to_owned()).or_default().push(span);
        }
        for (number, mut spans) in spans {
            spans.sort_unstable();
            assert!(
                spans.windows(2).all(|pair| pair[0].1.is_some_and(|closed| closed <= pair[1].0)),
                "{number}: {spans:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_gateway_ran_goes_on_at_the_other() {
    let mut both = Pair::start().await;
    let mut ids = HashMap::new();
    both.write_in(0..MESSAGES).await;
    both.send_through(&both.other, &mut ids).await;
    both.all_in(MESSAGES).await;
    let logins = both.logins().await;
    both.one.kill().await;
    both.write_in(MESSAGES..2 * MESSAGES).await;
    both.until_taken_over(&logins, TAKEN_OVER).await;
    both.send_through(&both.other, &mut ids).await;
    both.all_in(2 * MESSAGES).await;
    both.one_owner_at_a_time().await;
    traffic::check_keys(&both.sandbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_slept_through_its_leases_touches_nothing() {
    let both = Pair::start().await;
    both.write_in(0..MESSAGES).await;
    both.all_in(MESSAGES).await;
    let logins = both.logins().await;
    both.one.signal("STOP");
    both.write_in(MESSAGES..2 * MESSAGES).await;
    // Its sockets stay open while it sleeps: the network ends them when the other logs in.
    both.until_taken_over(&logins, LONG).await;
    both.all_in(2 * MESSAGES).await;
    let taken_over = both.logins().await;
    both.one.signal("CONT");
    both.write_in(2 * MESSAGES..3 * MESSAGES).await;
    let mut ids = HashMap::new();
    both.send_through(&both.one, &mut ids).await;
    both.all_in(3 * MESSAGES).await;
    traffic::check_keys(&both.sandbox).await;
    assert_eq!(both.logins().await, taken_over, "the woken one has dialled, or thrown the other out");
    for pair in &both.pairs {
        let session = both.other.client().get(&format!("/v1/sessions/{}", pair.session)).await.unwrap();
        assert_eq!(session["state"], json!("connected"), "{session}");
    }
}
