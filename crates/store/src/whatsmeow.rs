//! Reads the store of another gateway: the tables that whatsmeow keeps for its devices, in SQLite or PostgreSQL.
//!
//! Nothing is written there. What a row means is not known here: a device's rows come out as JSON, bytes in base64.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, QueryResult, Statement,
    sea_query::{Asterisk, Expr, ExprTrait, Order, Query},
};
use serde_json::{Map, Value, json};

use crate::{DatabaseUrl, Dialect, StoreError};

/// A table: its name without the prefix, the column with the device's address, and what to read.
type Table = (&'static str, &'static str, &'static [(&'static str, Kind)]);

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Bytes,
    Whole,
    Flag,
}

use Kind::{Bytes, Flag, Text, Whole};

const DEVICE: Table = (
    "device",
    "jid",
    &[
        ("jid", Text),
        ("lid", Text),
        ("registration_id", Whole),
        ("noise_key", Bytes),
        ("identity_key", Bytes),
        ("signed_pre_key", Bytes),
        ("signed_pre_key_id", Whole),
        ("signed_pre_key_sig", Bytes),
        ("adv_key", Bytes),
        ("adv_details", Bytes),
        ("adv_account_sig", Bytes),
        ("adv_account_sig_key", Bytes),
        ("adv_device_sig", Bytes),
        ("push_name", Text),
        ("lid_migration_ts", Whole),
    ],
);

/// The owner is empty where the rows are those of all devices.
const TABLES: [Table; 9] = [
    ("identity_keys", "our_jid", &[("their_id", Text), ("identity", Bytes)]),
    ("pre_keys", "jid", &[("key_id", Whole), ("key", Bytes), ("uploaded", Flag)]),
    ("sessions", "our_jid", &[("their_id", Text), ("session", Bytes)]),
    ("sender_keys", "our_jid", &[("chat_id", Text), ("sender_id", Text), ("sender_key", Bytes)]),
    (
        "app_state_sync_keys",
        "jid",
        &[("key_id", Bytes), ("key_data", Bytes), ("timestamp", Whole), ("fingerprint", Bytes)],
    ),
    ("app_state_version", "jid", &[("name", Text), ("version", Whole), ("hash", Bytes)]),
    (
        "app_state_mutation_macs",
        "jid",
        &[("name", Text), ("version", Whole), ("index_mac", Bytes), ("value_mac", Bytes)],
    ),
    ("lid_map", "", &[("lid", Text), ("pn", Text)]),
    (
        "privacy_tokens",
        "our_jid",
        &[("their_jid", Text), ("token", Bytes), ("timestamp", Whole), ("sender_timestamp", Whole)],
    ),
];

/// The addresses of the devices in such a store.
pub async fn devices(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    let db = url.look().await?;
    let listed = list(&db).await;
    drop(db.close().await);
    listed.map_err(|error| url.explain(error))
}

/// Everything that is stored of one device: its own row under `device`, and a list for each other table.
pub async fn device(url: &DatabaseUrl, jid: &str) -> Result<Value, StoreError> {
    let db = url.look().await?;
    let read = read(&db, jid).await;
    drop(db.close().await);
    read.map_err(|error| url.explain(error))
}

async fn list(db: &DatabaseConnection) -> Result<Vec<String>, StoreError> {
    let tables = tables(db).await?;
    if !tables.iter().any(|table| table == "whatsmeow_device") {
        return Err(StoreError::Invalid(
            "this database has no table `whatsmeow_device`: it is no store of whatsmeow".to_owned(),
        ));
    }
    let select = Query::select().column("jid").from("whatsmeow_device").order_by("jid", Order::Asc).take();
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| row.try_get("", "jid").map_err(StoreError::corrupt)).collect()
}

async fn read(db: &DatabaseConnection, jid: &str) -> Result<Value, StoreError> {
    let known = tables(db).await?;
    let mut device = rows(db, DEVICE, jid).await?;
    let own = device.pop().ok_or_else(|| StoreError::Invalid(format!("there is no device `{jid}` in this store")))?;
    let mut dump = Map::from_iter([(DEVICE.0.to_owned(), own)]);
    // Earlier versions have fewer tables.
    for table in TABLES.into_iter().filter(|(name, ..)| known.contains(&format!("whatsmeow_{name}"))) {
        dump.insert(table.0.to_owned(), rows(db, table, jid).await?.into());
    }
    Ok(Value::Object(dump))
}

async fn rows(db: &DatabaseConnection, (name, owner, columns): Table, jid: &str) -> Result<Vec<Value>, StoreError> {
    let mut select = Query::select().column(Asterisk).from(format!("whatsmeow_{name}")).take();
    if !owner.is_empty() {
        select.and_where(Expr::col(owner).eq(jid));
    }
    let found = db.query_all(&select).await?;
    Ok(found.iter().map(|row| columns.iter().map(|(column, kind)| field(row, column, *kind)).collect()).collect())
}

/// A column that an earlier version lacks reads like one that is empty.
fn field(row: &QueryResult, column: &str, kind: Kind) -> (String, Value) {
    let value = match kind {
        Text => row.try_get::<Option<String>>("", column).ok().map(|text| json!(text)),
        Bytes => {
            row.try_get::<Option<Vec<u8>>>("", column).ok().map(|bytes| json!(bytes.map(|b| BASE64_STANDARD.encode(b))))
        }
        Flag => row.try_get::<Option<bool>>("", column).ok().map(|flag| json!(flag)),
        Whole => {
            // PostgreSQL tells the sizes apart.
            let narrow = || row.try_get::<Option<i32>>("", column).map(|number| number.map(i64::from));
            row.try_get::<Option<i64>>("", column).or_else(|_| narrow()).ok().map(|number| json!(number))
        }
    };
    (column.to_owned(), value.unwrap_or_default())
}

async fn tables(db: &DatabaseConnection) -> Result<Vec<String>, StoreError> {
    let dialect = db.get_database_backend();
    let sql = match dialect {
        Dialect::Sqlite => "SELECT name AS n FROM sqlite_master WHERE type = 'table'",
        _ => {
            "SELECT CAST(table_name AS TEXT) AS n FROM information_schema.tables WHERE table_schema = current_schema()"
        }
    };
    let rows = db.query_all_raw(Statement::from_string(dialect, sql)).await?;
    rows.iter().map(|row| row.try_get("", "n").map_err(StoreError::corrupt)).collect()
}
