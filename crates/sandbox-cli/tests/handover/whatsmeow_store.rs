//! A store as a gateway on whatsmeow leaves it: the tables by their documented columns, the records as Go's libsignal
//! writes them. Made from a session that was paired and used here.

mod go;
mod tables;

use std::{
    io::Write as _,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use switchboard_core::{
    Caller, Core, CreateSession, LeaseTimes, MessageQuery, Pacing, Pair, Parts, SendMessage, Settings,
};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_engine::{EngineOptions, WhatsappEngine};
use switchboard_model::{Content, Context, Origin, SessionId, SystemClock};
use switchboard_store::{Store, auth_state};
use tempfile::TempDir;

use crate::{
    database::Postgres,
    example::PATIENCE,
    house::{House, OWN, PEERS},
};

const LONG: Duration = Duration::from_secs(3600);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

pub(crate) struct WhatsmeowStore {
    address: String,
    device: String,
    _folder: TempDir,
    _database: Option<Postgres>,
}

impl WhatsmeowStore {
    /// Of the own phone's account, with conversations both ways with each peer and in the group.
    pub(crate) async fn paired_and_used(house: &House, group: &str, database: Database) -> Self {
        let user = User::paired(house).await;
        for (n, peer) in PEERS.iter().enumerate() {
            user.says(peer, &format!("hello {n}")).await;
            house.phone_shows(peer, &format!("hello {n}")).await;
            house.phone_says(peer, &format!("hello yourself {n}")).await;
            user.received(&format!("hello yourself {n}")).await;
            user.says(group, &format!("hello all {n}")).await;
            house.all_show(&format!("hello all {n}")).await;
            house.phone_says_in(group, peer, &format!("hello you {n}")).await;
            user.received(&format!("hello you {n}")).await;
        }
        let rows = user.stopped().await;
        house.until_gone().await;
        let folder = tempfile::tempdir().unwrap();
        let postgres = (database == Database::Postgres).then(Postgres::create);
        let address = match &postgres {
            Some(postgres) => postgres.url(),
            None => folder.path().join("whatsmeow.db").to_str().unwrap().to_owned(),
        };
        let (device, script) = tables::script(&rows, database);
        run(database, &address, &script);
        Self { address, device, _folder: folder, _database: postgres }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn device(&self) -> &str {
        &self.device
    }
}

/// Whoever used the account before.
struct User {
    core: Core,
    store: Store,
    id: SessionId,
}

impl User {
    async fn paired(house: &House) -> Self {
        let store = Store::in_memory().await.unwrap();
        let core = gateway(&house.network.url(), &store).await;
        let id: SessionId = "before".parse().unwrap();
        let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::Native };
        core.create_session(&Caller::System, order).await.unwrap();
        core.connect(&Caller::System, &id, Pair::Qr).await.unwrap();
        let qr = core.qr_code(&Caller::System, &id, PATIENCE).await.unwrap().expect("a code");
        house.network.post(&format!("/phones/{OWN}/scan"), serde_json::json!({ "qr": qr.code })).await;
        let user = Self { core, store, id };
        user.until(async || user.word().await == "connected").await;
        user
    }

    async fn word(&self) -> &'static str {
        self.core.session(&Caller::System, &self.id).await.unwrap().session.state.word()
    }

    async fn says(&self, to: &str, text: &str) {
        let order = SendMessage {
            to: to.parse().unwrap(),
            content: Content::Text { text: text.to_owned() },
            context: Context::default(),
            idempotency_key: None,
            only_when_connected: true,
        };
        self.core.send_and_wait(&Caller::System, &self.id, order, PATIENCE).await.unwrap();
    }

    async fn received(&self, text: &str) {
        self.until(async || {
            let page = self.core.messages(&Caller::System, &self.id, MessageQuery::default()).await.unwrap();
            page.messages.iter().any(|view| view.message.content.text() == Some(text))
        })
        .await;
    }

    /// For good, and what is stored then.
    async fn stopped(&self) -> Vec<(String, String, Vec<u8>)> {
        self.core.disconnect(&Caller::System, &self.id).await.unwrap();
        self.until(async || self.word().await == "disconnected").await;
        auth_state::everything(self.store.reader(), &self.id).await.unwrap()
    }

    async fn until(&self, mut reached: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !reached().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("it never came about");
    }
}

async fn gateway(network: &str, store: &Store) -> Core {
    let egress = Egress::new(EgressPolicy::default()).unwrap();
    let options = EngineOptions { network_url: Some(network.parse().unwrap()), ..EngineOptions::default() };
    let clock = Arc::new(SystemClock);
    let engine = Arc::new(WhatsappEngine::new(store.clone(), egress.clone(), clock.clone(), options));
    // Nobody renews the lease here, and nobody else wants it.
    let lease = LeaseTimes { lasts: LONG, renew_every: LONG, fence_after: LONG };
    let settings = Settings { pacing: Pacing::NONE, lease, ..Settings::default() };
    let core = Core::new(Parts { store: store.clone(), clock, egress, engine, settings });
    core.ensure_admin(&Caller::System, Some("opensesame".into())).await.unwrap();
    core
}

/// Runs statements with the database's own means.
fn run(database: Database, address: &str, script: &str) {
    const PYTHON: &str = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.stdin.read())";
    let mut command = match database {
        Database::Sqlite => {
            let mut python = Command::new("python3");
            python.args(["-c", PYTHON, address]);
            python
        }
        Database::Postgres => {
            let mut psql = Command::new("psql");
            psql.args([address, "-q", "-v", "ON_ERROR_STOP=1"]);
            psql
        }
    };
    let mut child = command.stdin(Stdio::piped()).spawn().expect("python3 and psql are installed");
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "the store could not be made");
}
