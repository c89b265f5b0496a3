//! Killed at random moments while messages of every kind flow both ways, the gateway loses none and doubles none.

use std::{collections::HashMap, sync::Arc, time::Duration};

use rand::RngExt as _;
use serde_json::Value;
use switchboard_model::{Clock as _, SystemClock, Timestamp};
use tokio::sync::watch;

use super::{
    gateway::{Client, Gateway, Order, PATIENCE},
    mixed::{self, Said, Talk},
    network::Sandbox,
    traffic::{self, Copies, Pairing},
};

/// Small enough for every run; the environment asks for more (docs/measurements.md).
#[derive(Clone, Copy)]
struct Size {
    sessions: usize,
    each_way: usize,
    kills: usize,
}

impl Size {
    fn asked() -> Self {
        Self {
            sessions: asked("KILL_SESSIONS", 5),
            each_way: asked("KILL_MESSAGES", 20),
            kills: asked("KILL_TIMES", 3),
        }
    }
}

fn asked(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |number| number.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    let data = tempfile::tempdir().unwrap();
    survives(|network| Order::new(network, data.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let data = tempfile::tempdir().unwrap();
    let database = super::database::Postgres::create();
    survives(|network| Order::new(network, data.path()).on(database.url())).await;
}

async fn survives(order: impl Fn(&str) -> Order) {
    let size @ Size { sessions, each_way, kills } = Size::asked();
    let sandbox = Arc::new(Sandbox::start().await);
    let mut gateway = Gateway::start(order(&sandbox.url())).await;
    let mut talks = Vec::new();
    for pair in (0..sessions).map(Pairing::numbered) {
        sandbox.phone(&pair.peer).await;
        gateway.client().pair(&sandbox, &pair.session, &pair.number).await;
        talks.push(Talk::begin(&sandbox, pair).await);
    }
    let (released, allowance) = watch::channel(0);
    let out: Vec<_> = talks
        .iter()
        .map(|talk| tokio::spawn(talk.clone().send_out(gateway.client(), each_way, allowance.clone())))
        .collect();
    let come_in: Vec<_> = talks
        .iter()
        .map(|talk| {
            let (sandbox, talk, allowance) = (Arc::clone(&sandbox), talk.clone(), allowance.clone());
            tokio::spawn(async move { talk.send_in(&sandbox, each_way, allowance).await })
        })
        .collect();
    let killed = kill_along(&mut gateway, &released, size).await;
    let mut arrived = Vec::new();
    for (talk, sent) in talks.iter().zip(out) {
        arrived.extend(talk.check_out(&sandbox, &sent.await.unwrap()).await);
    }
    let mut written = Vec::new();
    for (talk, said) in talks.iter().zip(come_in) {
        written.push((talk.pair.session.clone(), said.await.unwrap()));
    }
    check_in(&gateway, &written).await;
    traffic::check_keys(&sandbox).await;
    let copies = check_copies(&gateway.client(), &arrived, &killed).await;
    let messages = sessions * each_way;
    println!("{messages} messages out and {copies} copies more, {messages} in, {kills} kills");
}

/// Each round lets a share of the messages go, and kills the gateway when a random part of them has come through.
/// Returns when it did so.
async fn kill_along(gateway: &mut Gateway, released: &watch::Sender<usize>, size: Size) -> Vec<Timestamp> {
    let mut killed = Vec::new();
    let mut through = Through::default();
    for round in 1..=size.kills {
        let before = released.send_replace(size.each_way * round / (size.kills + 1));
        let flowing = 2 * size.sessions * (*released.borrow() - before);
        let place = through.count + rand::rng().random_range(0..flowing);
        through.until(&gateway.client(), place).await;
        killed.push(SystemClock.now());
        gateway.kill_and_restart().await;
    }
    released.send_replace(size.each_way);
    killed
}

/// A message comes once more only if the gateway was killed after it had accepted it and before it had stored the
/// network's answer: each further copy has a kill of its own in that time. Returns how many there are.
async fn check_copies(client: &Client, arrived: &[Copies], killed: &[Timestamp]) -> i64 {
    let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    let events = client.events(mixed::EVENTS).await;
    let under_way: HashMap<_, _> = events
        .iter()
        .filter(|event| event["data"]["from_me"] == true)
        .map(|event| (event["data"]["id"].as_str().unwrap(), (time(&event["data"]["timestamp"]), time(&event["at"]))))
        .collect();
    for Copies { id, count } in arrived {
        let (accepted, answered) = under_way[id.as_str()];
        let reasons = killed.iter().filter(|kill| (accepted..=answered).contains(kill)).count();
        assert!(*count <= 1 + i64::try_from(reasons).unwrap(), "{id} came {count} times over {reasons} kills");
    }
    arrived.iter().map(|message| message.count - 1).sum()
}

/// How many messages have been taken in or accepted by the network, as the log tells it.
#[derive(Default)]
struct Through {
    count: usize,
    cursor: Option<String>,
}

impl Through {
    async fn until(&mut self, client: &Client, count: usize) {
        let reached = async {
            while self.count < count {
                let after = self.cursor.as_deref().unwrap_or("0");
                let path = format!("/v1/events?types={}&after={after}&limit=1000&wait=1", mixed::EVENTS);
                let page = client.get_until_answered(&path).await;
                self.count += page["events"].as_array().unwrap().len();
                self.cursor = Some(page["next_cursor"].as_str().unwrap().to_owned());
            }
        };
        let reached = tokio::time::timeout(PATIENCE, reached).await;
        reached.unwrap_or_else(|_| panic!("{count} messages never came through"));
    }
}

/// Every message to a session stands in the log once, in the order it was written in its place.
async fn check_in(gateway: &Gateway, written: &[(String, Vec<Said>)]) {
    let client = gateway.client();
    let complete = async {
        while !mixed::missing(&client.events(mixed::EVENTS).await, written).is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(90), complete).await;
    let events = client.events(mixed::EVENTS).await;
    assert!(came.is_ok(), "these did not come in: {:#?}", mixed::missing(&events, written));
    traffic::check_log(&events);
    let received = mixed::received(&events);
    for (session, said) in written {
        assert_eq!(received[session], mixed::in_order(said), "{session}");
    }
    let lost = client.events("message.undecryptable").await;
    assert!(lost.is_empty(), "{} messages could not be decrypted", lost.len());
}
