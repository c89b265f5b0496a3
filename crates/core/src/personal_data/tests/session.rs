//! A deleted session leaves nothing: every table and the data directory are looked into.

use std::{fs, path::Path, sync::Arc};

use sqlx::{Column, Connection, Row, SqliteConnection, TypeInfo, ValueRef, sqlite::SqliteRow};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{Content, Context, ManualClock, SessionId};
use switchboard_store::{DatabaseUrl, MasterKey, Store, StoreOptions, auth_state, history, sessions};

use crate::{
    BlockContact, CallBlockingChange, Caller, Core, NewKey, NewWebhook, Parts, SendMessage, SessionChange, Settings,
    engine::{
        Inbound,
        fake::{Answer, FakeEngine},
    },
    testing::{Office, inbound},
};

const SESSION: &str = "shop-to-be-deleted";
const OWN: &str = "6281100000001";
const ANA: &str = "6281100000002";

/// What is known of the end itself, and the trail of who did what.
const REMAINS: [&str; 6] = ["events", "event_seqs", "deliveries", "deletions", "audit", "data_keys"];

async fn office_in(dir: &Path) -> Office {
    let (engine, clock) = (FakeEngine::new(), Arc::new(ManualClock::default()));
    let url: DatabaseUrl = format!("sqlite:{}", dir.join("switchboard.db").display()).parse().expect("an address");
    let master_key = MasterKey::generate().expect("random");
    let options = StoreOptions { url, master_key, clock: clock.clone(), read_connections: 1 };
    let core = Core::new(Parts {
        store: Store::open(options).await.expect("store"),
        clock: clock.clone(),
        egress: Egress::new(EgressPolicy::default()).expect("egress"),
        engine: Arc::new(engine.clone()),
        settings: Settings { session_files: Some(dir.join("sessions")), ..Settings::default() },
    });
    crate::testing::ensure_admin(&core).await;
    Office { core, clock, engine }
}

/// Something in every table that can hold anything of a session.
async fn fill(office: &Office) -> SessionId {
    let (session, link) = office.linked(SESSION).await;
    let core = &office.core;
    let webhook = NewWebhook {
        url: "https://hooks.example/x".to_owned(),
        session: Some(session.clone()),
        ..NewWebhook::default()
    };
    core.create_webhook(&Caller::System, webhook).await.expect("a webhook");
    let scopes = "read".parse().expect("a scope");
    let key = NewKey { name: "bound".to_owned(), scopes, session: Some(session.clone()), ..NewKey::default() };
    core.create_key(&Caller::System, key).await.expect("a key");
    link.deliver(vec![inbound("A", ANA, 0), Inbound { from_me: true, ..inbound("B", ANA, 1) }]).await.expect("stored");
    link.call("C", ANA.parse::<switchboard_model::Jid>().expect("one").into(), office.clock_now());
    office.event(&session, |body| body.kind() == "call.received").await;
    let change = CallBlockingChange { enabled: Some(true), ..CallBlockingChange::default() };
    core.change_call_blocking(&Caller::System, &session, change).await.expect("changed");
    let contact = ANA.parse().expect("an address");
    let block = BlockContact { contact, reason: None, block_type: None, duration_hours: None };
    core.block_contact(&Caller::System, &session, block).await.expect("blocked");
    core.check_numbers(&Caller::System, &session, vec![ANA.parse().expect("a phone")]).await.expect("checked");
    let days = SessionChange { keep_messages_days: Some(Some(7)), ..SessionChange::default() };
    core.change_session(&Caller::System, &session, days).await.expect("changed");
    office.engine.session(&session).answer(Answer::Silence);
    let order = SendMessage {
        to: ANA.parse().expect("an address"),
        content: Content::Text { text: "waits".to_owned() },
        context: Context::default(),
        idempotency_key: Some("order-1".to_owned()),
        only_when_connected: false,
    };
    core.send(&Caller::System, &session, order).await.expect("accepted");
    let id = session.clone();
    let state = core.store().write(move |tx| {
        let id = id.clone();
        Box::pin(async move {
            history::insert(tx, &id, "recent", 100, b"a past").await?;
            auth_state::put(tx, &id, "session", ANA, b"ratchet").await
        })
    });
    state.await.expect("stored");
    session
}

struct File(SqliteConnection);

impl File {
    async fn open(dir: &Path) -> Self {
        let url = format!("sqlite:{}", dir.join("switchboard.db").display());
        Self(SqliteConnection::connect(&url).await.expect("the file"))
    }

    /// The tables that have a row with this anywhere in it.
    async fn tables_with(&mut self, needle: &str) -> Vec<String> {
        let names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut self.0).await.expect("tables");
        let mut found = Vec::new();
        for table in names {
            let all = sqlx::AssertSqlSafe(format!("SELECT * FROM \"{table}\""));
            let rows = sqlx::query(all).fetch_all(&mut self.0).await.expect("rows");
            if rows.iter().any(|row| cells(row).contains(needle)) {
                found.push(table);
            }
        }
        found
    }
}

/// Every value of a row, one after the other, whatever its type.
fn cells(row: &SqliteRow) -> String {
    let cell = |at: usize| -> String {
        let raw = row.try_get_raw(at).expect("a value");
        match raw.type_info().name() {
            "INTEGER" => row.get::<i64, _>(at).to_string(),
            "NULL" => String::new(),
            _ => String::from_utf8_lossy(&row.get::<Vec<u8>, _>(at)).into_owned(),
        }
    };
    row.columns().iter().map(|column| format!("{}\n", cell(column.ordinal()))).collect()
}

fn files_under(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).map(|entries| entries.filter_map(Result::ok).collect::<Vec<_>>());
    entries.unwrap_or_default().iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn nothing_of_a_deleted_session_is_left() {
    let dir = tempfile::tempdir().expect("a directory");
    let office = office_in(dir.path()).await;
    let session = fill(&office).await;
    let mut file = File::open(dir.path()).await;
    let before = file.tables_with(SESSION).await;
    let holding = [
        "api_keys",
        "audit",
        "call_blocking_settings",
        "chats",
        "data_keys",
        "deliveries",
        "engine_state",
        "event_seqs",
        "events",
        "history_pieces",
        "idempotency",
        "leases",
        "messages",
        "number_checks",
        "outbox",
        "sessions",
        "webhooks",
        "whatsapp_blocked_contacts",
        "whatsapp_calls",
    ];
    for table in holding {
        assert!(before.iter().any(|found| found == table), "the test fills {table}: {before:?}");
    }
    office.core.keep_file(&session).await;
    assert_eq!(files_under(&dir.path().join("sessions")).len(), 1);

    office.core.delete_session(&Caller::System, &session).await.expect("deleted");
    assert!(sessions::find(office.core.store().reader(), &session).await.expect("read").is_none());
    let after = file.tables_with(SESSION).await;
    assert!(after.iter().all(|table| REMAINS.contains(&table.as_str())), "{after:?}");
    for number in [OWN, ANA] {
        assert_eq!(file.tables_with(number).await, Vec::<String>::new());
    }
    assert_eq!(files_under(&dir.path().join("sessions")), Vec::<String>::new());
    let told = office.core.events(&Caller::System, &crate::EventQuery::default(), 0).await.expect("events").events;
    assert_eq!(told.iter().map(|event| event.body.kind()).collect::<Vec<_>>(), ["session.deleted"]);
}

#[tokio::test]
async fn what_was_said_and_by_whom_stands_nowhere_in_clear() {
    let dir = tempfile::tempdir().expect("a directory");
    let office = office_in(dir.path()).await;
    fill(&office).await;
    let mut file = File::open(dir.path()).await;
    for secret in [ANA, "Ana", "waits", "a past", "ratchet"] {
        assert_eq!(file.tables_with(secret).await, Vec::<String>::new(), "{secret}");
    }
    for name in files_under(dir.path()) {
        let bytes = fs::read(dir.path().join(&name)).unwrap_or_default();
        assert!(!bytes.windows(ANA.len()).any(|part| part == ANA.as_bytes()), "{name} names a person");
    }
}
