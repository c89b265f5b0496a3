//! Several gateways with one database and one master key, each asked by name.

use std::{collections::HashSet, sync::Arc};

use futures_util::StreamExt;
use serde_json::{Value, json};
use switchboard_model::Timestamp;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::{
    database::Postgres,
    gateway::{Gateway, Order, PATIENCE},
    network::Sandbox,
    traffic::Pairing,
};

pub(crate) struct House {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) gateways: Vec<Gateway>,
    pub(crate) pairs: Vec<Pairing>,
    _data: Vec<tempfile::TempDir>,
    pub(crate) database: Postgres,
}

impl House {
    pub(crate) async fn of(gateways: usize, settings: &[(&'static str, String)]) -> Self {
        let (sandbox, database) = (Arc::new(Sandbox::start().await), Postgres::create());
        let data: Vec<_> = (0..gateways).map(|_| tempfile::tempdir().unwrap()).collect();
        let orders: Vec<_> = data.iter().map(|dir| order(&sandbox, &database, dir, settings)).collect();
        let mut started = Vec::new();
        for order in orders {
            started.push(Gateway::start(order).await);
        }
        Self { sandbox, gateways: started, pairs: Vec::new(), _data: data, database }
    }

    /// Links sessions, the n-th at the n-th gateway and so on.
    pub(crate) async fn link(&mut self, sessions: usize) {
        for n in 0..sessions {
            let pair = Pairing::numbered(n);
            self.sandbox.phone(&pair.peer).await;
            let client = self.gateways[n % self.gateways.len()].client();
            client.pair(&self.sandbox, &pair.session, &pair.number).await;
            self.pairs.push(pair);
        }
    }

    /// What a gateway runs, as the leases say.
    pub(crate) fn held_by(&self, gateway: usize) -> Vec<Pairing> {
        let address = self.gateways[gateway].client().address().to_owned();
        let query = format!("SELECT session_id FROM leases WHERE address = '{address}' AND holder <> ''");
        let held = self.database.ask(&query);
        self.pairs.iter().filter(|pair| held.contains(&pair.session)).cloned().collect()
    }

    /// Logged-in connections as the network has seen them, oldest first.
    pub(crate) async fn connections(&self) -> Vec<Connection> {
        let state = self.sandbox.get("/state").await;
        let connections = state["connections"].as_array().unwrap().iter();
        connections.filter(|one| !one["logged_in_at"].is_null()).map(Connection::read).collect()
    }

    /// The numbers that are connected now.
    pub(crate) async fn online(&self) -> HashSet<String> {
        let open = self.connections().await.into_iter().filter(|one| one.closed_at.is_none());
        open.map(|one| one.number).collect()
    }

    /// How many connections the network has seen of a number.
    pub(crate) async fn logins(&self, number: &str) -> usize {
        self.connections().await.iter().filter(|one| one.number == number).count()
    }

    /// What reaches a WebSocket at one gateway, from now on.
    pub(crate) async fn listen(&self, gateway: usize, kinds: &str) -> Heard {
        let client = self.gateways[gateway].client();
        let (address, token) = (client.address().replacen("http", "ws", 1), client.token());
        let (socket, _) = connect_async(format!("{address}/v1/ws?types={kinds}&token={token}")).await.unwrap();
        let texts = socket.filter_map(async |message| match message {
            Ok(Message::Text(text)) => serde_json::from_str(&text).ok(),
            _ => None,
        });
        Heard(texts.boxed())
    }
}

fn order(
    sandbox: &Sandbox,
    database: &Postgres,
    dir: &tempfile::TempDir,
    settings: &[(&'static str, String)],
) -> Order {
    let order =
        Order::new(&sandbox.url(), dir.path()).on(database.url()).with("SWITCHBOARD_MASTER_KEY", "5e".repeat(32));
    let address = format!("http://127.0.0.1:{}", order.port);
    let order = order.with("SWITCHBOARD_ADVERTISE", address);
    settings.iter().fold(order, |order, (name, value)| order.with(name, value.clone()))
}

/// A connection of a device, from its login on.
pub(crate) struct Connection {
    pub(crate) number: String,
    pub(crate) logged_in_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) close_reason: String,
}

impl Connection {
    fn read(seen: &Value) -> Self {
        let time = |name: &str| seen[name].as_str().map(|text| text.parse().unwrap());
        Self {
            number: seen["number"].as_str().unwrap().to_owned(),
            logged_in_at: time("logged_in_at").unwrap(),
            closed_at: time("closed_at"),
            close_reason: seen["close_reason"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

/// The messages of one WebSocket.
pub(crate) struct Heard(futures_util::stream::BoxStream<'static, Value>);

impl Heard {
    /// The next one that is as wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                let event = self.0.next().await.expect("the socket stays open");
                if wanted(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.expect("the event comes")
    }
}

/// A request that only the gateway can answer that runs the session.
pub(crate) async fn ask_the_network(gateway: &Gateway, pair: &Pairing) -> Value {
    let path = format!("/v1/sessions/{}/groups", pair.session);
    let group = json!({ "subject": "a group", "participants": [pair.peer] });
    gateway.client().post(&path, group).await.unwrap()
}
