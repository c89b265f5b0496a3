//! Messages through several gateways, and whether all of it adds up afterwards.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    time::Duration,
};

use switchboard_model::Timestamp;

use super::{
    gateway::Gateway,
    house::House,
    traffic::{self, Pairing},
};

/// Above the life of a lease, with a look of the supervisor and a login on top.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The messages that were accepted, for each session in order.
pub(crate) type Sent = HashMap<String, Vec<String>>;

impl House {
    /// Messages from every peer, whether or not anybody is there to take them. Returns their ids.
    pub(crate) async fn write_in(&self, texts: Range<usize>) -> Vec<String> {
        let mut ids = Vec::new();
        for pair in &self.pairs {
            for n in texts.clone() {
                ids.push(self.sandbox.phone_sends(&pair.peer, &pair.number, &format!("in {n}")).await);
            }
        }
        ids
    }

    /// Every message up to `count` stands in the log once and in order, seen from one gateway.
    pub(crate) async fn all_in(&self, count: usize, gateway: &Gateway) {
        let expected: Vec<_> = (0..count).map(|n| format!("in {n}")).collect();
        let client = gateway.client();
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

    /// Sends for every session through one gateway, whoever runs them.
    pub(crate) async fn send_through(&self, gateway: &Gateway, count: usize, sent: &mut Sent) {
        for pair in &self.pairs {
            let ids = sent.entry(pair.session.clone()).or_default();
            for _ in 0..count {
                ids.push(traffic::send_one(&gateway.client(), pair, ids.len()).await);
            }
        }
    }

    /// The peers' phones show all of it.
    pub(crate) async fn all_out(&self, sent: &Sent) {
        for pair in &self.pairs {
            traffic::check_out(&self.sandbox, pair, &sent[&pair.session]).await;
        }
    }

    /// How many logins each of these numbers had.
    pub(crate) async fn logins_of(&self, pairs: &[Pairing]) -> BTreeMap<String, usize> {
        let mut logins: BTreeMap<_, _> = pairs.iter().map(|pair| (pair.number.clone(), 0)).collect();
        for connection in self.connections().await {
            if let Some(count) = logins.get_mut(&connection.number) {
                *count += 1;
            }
        }
        logins
    }

    /// Waits until these numbers have logged in more often than before, and everybody is connected.
    pub(crate) async fn until_back(&self, before: &BTreeMap<String, usize>, limit: Duration) {
        let back = async {
            loop {
                let connections = self.connections().await;
                let logins = |number: &String| connections.iter().filter(|one| one.number == *number).count();
                let open = connections.iter().filter(|one| one.closed_at.is_none()).count();
                if open == self.pairs.len() && before.iter().all(|(number, count)| logins(number) > *count) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(limit, back).await.expect("the others take the sessions over");
    }

    /// Waits until every session is online and no gateway runs more than its share.
    pub(crate) async fn until_spread(&self) {
        let share = self.pairs.len().div_ceil(self.gateways.len());
        let spread = async {
            loop {
                let held: Vec<_> = (0..self.gateways.len()).map(|n| self.held_by(n).len()).collect();
                let settled =
                    held.iter().all(|count| *count <= share) && held.iter().sum::<usize>() == self.pairs.len();
                if settled && self.online().await.len() == self.pairs.len() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(LONG, spread).await.expect("the sessions spread over the gateways");
    }

    /// The network never saw two connections of one device, and threw nobody out for another.
    pub(crate) async fn one_owner_at_a_time(&self) {
        let mut spans: HashMap<String, Vec<(Timestamp, Option<Timestamp>)>> = HashMap::new();
        for connection in self.connections().await {
            assert!(!connection.close_reason.contains("replaced"), "{}", connection.number);
            spans.entry(connection.number).or_default().push((connection.logged_in_at, connection.closed_at));
        }
        for (number, mut spans) in spans {
            spans.sort_unstable();
            let apart = |two: &[(Timestamp, Option<Timestamp>)]| two[0].1.is_some_and(|closed| closed <= two[1].0);
            assert!(spans.windows(2).all(apart), "{number}: {spans:?}");
        }
    }

    /// How often the network threw somebody out because the same device came again.
    pub(crate) async fn thrown_out(&self) -> usize {
        self.connections().await.iter().filter(|one| one.close_reason.contains("replaced")).count()
    }
}
