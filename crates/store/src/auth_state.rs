//! The engine's state of each session: sealed values under a name and an id.
//!
//! Names are a small fixed set without `/`; ids are ASCII of up to 255 characters (binary ids in hexadecimal).

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement};
use switchboard_model::SessionId;

use crate::{
    Conn, Row, StoreError, Tx,
    vault::{Cell, Scope},
};

/// Rows in one statement: databases limit its parameters.
const CHUNK: usize = 200;

pub async fn get(db: &impl Conn, session: &SessionId, name: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    match db.one(of(session, name).and_where(Expr::col("key_id").eq(id))).await? {
        Some(row) => Ok(Some(read(db, session, name, &row).await?.1)),
        None => Ok(None),
    }
}

/// Those of the ids that exist, with their values.
pub async fn get_many(
    db: &impl Conn,
    session: &SessionId,
    name: &str,
    ids: &[String],
) -> Result<HashMap<String, Vec<u8>>, StoreError> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let wanted = Expr::col("key_id").is_in(chunk.iter().map(String::as_str));
        for row in db.all(of(session, name).and_where(wanted)).await? {
            let (id, value) = read(db, session, name, &row).await?;
            found.insert(id, value);
        }
    }
    Ok(found)
}

/// A page of the ids that begin with `prefix`, in order and behind `after`, with their values.
pub async fn list(
    db: &impl Conn,
    session: &SessionId,
    name: &str,
    prefix: &str,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let mut page = of(session, name);
    page.and_where(Expr::col("key_id").gte(prefix)).order_by("key_id", Order::Asc).limit(limit);
    // No id has a character behind `~`, the last printable one of ASCII.
    page.and_where(Expr::col("key_id").lt(format!("{prefix}\x7f")));
    if let Some(after) = after {
        page.and_where(Expr::col("key_id").gt(after));
    }
    let mut values = Vec::new();
    for row in db.all(&page).await? {
        values.push(read(db, session, name, &row).await?);
    }
    Ok(values)
}

/// Everything kept for a session, by name and id: (name, id, value).
pub async fn everything(db: &impl Conn, session: &SessionId) -> Result<Vec<(String, String, Vec<u8>)>, StoreError> {
    let names = Query::select()
        .distinct()
        .column("key_name")
        .from("auth_state")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .order_by("key_name", Order::Asc)
        .to_owned();
    let mut rows = Vec::new();
    for name in db.all(&names).await? {
        let name: String = name.get("key_name")?;
        for row in db.all(of(session, &name).order_by("key_id", Order::Asc)).await? {
            let (id, value) = read(db, session, &name, &row).await?;
            rows.push((name.clone(), id, value));
        }
    }
    Ok(rows)
}

pub async fn count(db: &impl Conn, session: &SessionId, name: &str) -> Result<i64, StoreError> {
    let mut select = of(session, name);
    select.clear_selects().expr_as(Expr::col("key_id").count(), "found");
    db.one(&select).await?.map_or(Ok(0), |row| row.get("found"))
}

pub async fn put(tx: &mut Tx, session: &SessionId, name: &str, id: &str, value: &[u8]) -> Result<(), StoreError> {
    put_many(tx, session, name, [(id, value)]).await
}

pub async fn put_many<'a>(
    tx: &mut Tx,
    session: &SessionId,
    name: &str,
    values: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), StoreError> {
    // By id, the last value of each: no database takes the same row twice, and an order shared by all replicas means
    // fewer deadlocks.
    let values: BTreeMap<&str, &[u8]> = values.into_iter().collect();
    if let Some(id) = values.keys().find(|id| id.len() > 255 || !id.is_ascii()) {
        return Err(StoreError::Invalid(format!("{name}/{id} is no key: up to 255 ASCII characters")));
    }
    let values: Vec<_> = values.into_iter().collect();
    for chunk in values.chunks(CHUNK) {
        let mut upsert = Query::insert()
            .into_table("auth_state")
            .columns(["session_id", "key_name", "key_id", "key_value"])
            .to_owned();
        for (id, value) in chunk {
            let sealed = tx.seal(cell(session, &row_key(name, id)), value).await?;
            upsert.values_panic([session.as_str().into(), name.into(), (*id).into(), sealed.into()]);
        }
        let key = ["session_id", "key_name", "key_id"];
        upsert.on_conflict(OnConflict::columns(key).update_column("key_value").to_owned());
        tx.execute(&upsert).await?;
    }
    Ok(())
}

/// Returns how many of the ids existed.
pub async fn delete(tx: &mut Tx, session: &SessionId, name: &str, ids: &[String]) -> Result<u64, StoreError> {
    let mut deleted = 0;
    for chunk in ids.chunks(CHUNK) {
        let mut delete = Query::delete().from_table("auth_state").to_owned();
        delete
            .and_where(Expr::col("session_id").eq(session.as_str()))
            .and_where(Expr::col("key_name").eq(name))
            .and_where(Expr::col("key_id").is_in(chunk.iter().map(String::as_str)));
        deleted += tx.execute(&delete).await?;
    }
    Ok(deleted)
}

/// Forgets what is kept under some names.
pub async fn wipe_names(tx: &mut Tx, session: &SessionId, names: &[&str]) -> Result<u64, StoreError> {
    let delete = Query::delete()
        .from_table("auth_state")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("key_name").is_in(names.iter().copied()))
        .to_owned();
    tx.execute(&delete).await
}

/// Forgets everything the engine kept for a session.
pub async fn wipe(tx: &mut Tx, session: &SessionId) -> Result<u64, StoreError> {
    let of_session = Expr::col("session_id").eq(session.as_str());
    tx.execute(&Query::delete().from_table("auth_state").and_where(of_session).to_owned()).await
}

fn of(session: &SessionId, name: &str) -> SelectStatement {
    Query::select()
        .columns(["key_id", "key_value"])
        .from("auth_state")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("key_name").eq(name))
        .take()
}

async fn read(db: &impl Conn, session: &SessionId, name: &str, row: &Row) -> Result<(String, Vec<u8>), StoreError> {
    let id: String = row.get("key_id")?;
    let sealed: Vec<u8> = row.get("key_value")?;
    let value = db.open(cell(session, &row_key(name, &id)), &sealed).await?;
    Ok((id, value))
}

fn row_key(name: &str, id: &str) -> String {
    format!("{name}/{id}")
}

fn cell<'a>(session: &'a SessionId, row: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: "auth_state", column: "key_value", row }
}
