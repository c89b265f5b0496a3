//! The engine's state of each session: values under a name and an id.
//!
//! Names are a small fixed set without `/`. Ids are ASCII of up to 255 characters, and many of them name people: a row
//! is found by a keyed hash of its id, and the id itself is sealed with the value. So a list reads all that is under a
//! name; `due_at` lets sweeps find what is old without reading anything.

mod hidden;
mod upgrade;

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::{Cond, Expr, ExprTrait, OnConflict, Order, Query, SelectStatement};
use switchboard_model::SessionId;

use crate::{
    Conn, Row, StoreError, Tx,
    fixed::{Fixed, hole},
};

pub(crate) use upgrade::hide_ids;

const TABLE: &str = "engine_state";
const COLUMNS: [&str; 5] = ["session_id", "name", "id_hash", "due_at", "value"];
const KEY: [&str; 3] = ["session_id", "name", "id_hash"];
/// Rows in one statement: databases limit its parameters.
const CHUNK: usize = 200;
const PAGE: u64 = 500;

pub async fn get(db: &impl Conn, session: &SessionId, name: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(hash) = hidden::hash(db, session, name, id).await? else { return Ok(None) };
    static GET: Fixed = Fixed::new(|dialect| {
        let select = Query::select().columns(["id_hash", "value"]).from(TABLE).cond_where(one()).take();
        dialect.build(&select)
    });
    let values = [session.as_str().into(), name.into(), hash.into()];
    match db.one_raw(GET.with(db.dialect(), values)).await? {
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
        let hashes = hidden::hashes(db, session, name, chunk).await?;
        for row in db.all(of(session, name).and_where(Expr::col("id_hash").is_in(hashes))).await? {
            let (id, value) = read(db, session, name, &row).await?;
            found.insert(id, value);
        }
    }
    Ok(found)
}

/// All ids under a name that begin with `prefix`, in order, with their values.
pub async fn list(
    db: &impl Conn,
    session: &SessionId,
    name: &str,
    prefix: &str,
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let mut rows = read_all(db, session, name, |_| {}).await?;
    rows.retain(|(id, _)| id.starts_with(prefix));
    Ok(rows)
}

/// Rows that say nothing of when they are due: put without it, or by an earlier release.
pub async fn undated(db: &impl Conn, session: &SessionId, name: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let narrow = |select: &mut SelectStatement| {
        select.and_where(Expr::col("due_at").is_null());
    };
    read_all(db, session, name, narrow).await
}

async fn read_all(
    db: &impl Conn,
    session: &SessionId,
    name: &str,
    narrow: impl Fn(&mut SelectStatement),
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let (mut values, mut after) = (Vec::new(), String::new());
    loop {
        let mut page = of(session, name);
        page.and_where(Expr::col("id_hash").gt(after.as_str())).order_by("id_hash", Order::Asc).limit(PAGE);
        narrow(&mut page);
        let rows = db.all(&page).await?;
        for row in &rows {
            values.push(read(db, session, name, row).await?);
        }
        match rows.last().filter(|_| rows.len() as u64 == PAGE) {
            Some(last) => after = last.get("id_hash")?,
            None => break,
        }
    }
    values.sort_unstable();
    Ok(values)
}

/// Everything kept for a session, by name and id: (name, id, value).
pub async fn everything(db: &impl Conn, session: &SessionId) -> Result<Vec<(String, String, Vec<u8>)>, StoreError> {
    let names = Query::select()
        .distinct()
        .column("name")
        .from(TABLE)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .order_by("name", Order::Asc)
        .take();
    let mut rows = Vec::new();
    for name in db.all(&names).await? {
        let name: String = name.get("name")?;
        rows.extend(list(db, session, &name, "").await?.into_iter().map(|(id, value)| (name.clone(), id, value)));
    }
    Ok(rows)
}

pub async fn count(db: &impl Conn, session: &SessionId, name: &str) -> Result<i64, StoreError> {
    let mut select = of(session, name);
    select.clear_selects().expr_as(Expr::col("id_hash").count(), "found");
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
    let rows = values.into_iter().map(|(id, value)| (id, (value, None))).collect();
    put_rows(tx, session, name, rows).await
}

/// The same, each with the number by which [`expire`] judges it.
pub async fn put_dated<'a>(
    tx: &mut Tx,
    session: &SessionId,
    name: &str,
    values: impl IntoIterator<Item = (&'a str, &'a [u8], Option<i64>)>,
) -> Result<(), StoreError> {
    let rows = values.into_iter().map(|(id, value, due_at)| (id, (value, due_at))).collect();
    put_rows(tx, session, name, rows).await
}

/// By id, the last value of each: no database takes the same row twice, and an order shared by all replicas means fewer
/// deadlocks.
type Rows<'a> = BTreeMap<&'a str, (&'a [u8], Option<i64>)>;

async fn put_rows(tx: &mut Tx, session: &SessionId, name: &str, rows: Rows<'_>) -> Result<(), StoreError> {
    if let Some(id) = rows.keys().find(|id| id.len() > 255 || !id.is_ascii()) {
        return Err(StoreError::Invalid(format!(
            "an id under {name} of {} bytes is no key: up to 255 of ASCII",
            id.len()
        )));
    }
    if let [(id, (value, due_at))] = rows.iter().collect::<Vec<_>>()[..] {
        return put_row(tx, session, name, id, value, *due_at).await;
    }
    let rows: Vec<_> = rows.into_iter().collect();
    for chunk in rows.chunks(CHUNK) {
        let mut upsert = Query::insert().into_table(TABLE).columns(COLUMNS).take();
        for (id, (value, due_at)) in chunk {
            let (hash, sealed) = hidden::seal(tx, session, name, id, value).await?;
            upsert.values_panic([session.as_str().into(), name.into(), hash.into(), (*due_at).into(), sealed.into()]);
        }
        upsert.on_conflict(replacing());
        tx.execute(&upsert).await?;
    }
    Ok(())
}

/// What happens for every message.
async fn put_row(
    tx: &mut Tx,
    session: &SessionId,
    name: &str,
    id: &str,
    value: &[u8],
    due_at: Option<i64>,
) -> Result<(), StoreError> {
    static PUT: Fixed = Fixed::new(|dialect| {
        let holes = COLUMNS.map(|_| hole());
        let mut upsert = Query::insert().into_table(TABLE).columns(COLUMNS).values_panic(holes).take();
        dialect.build(upsert.on_conflict(replacing()))
    });
    let (hash, sealed) = hidden::seal(tx, session, name, id, value).await?;
    let values = [session.as_str().into(), name.into(), hash.into(), due_at.into(), sealed.into()];
    tx.execute_raw(PUT.with(tx.dialect(), values)).await.map(drop)
}

fn replacing() -> OnConflict {
    OnConflict::columns(KEY).update_columns(["due_at", "value"]).to_owned()
}

/// A row by its key, of holes.
fn one() -> Cond {
    KEY.iter().fold(Cond::all(), |cond, column| cond.add(Expr::col(*column).eq(hole())))
}

/// Returns how many of the ids existed.
pub async fn delete(tx: &mut Tx, session: &SessionId, name: &str, ids: &[String]) -> Result<u64, StoreError> {
    let mut deleted = 0;
    for chunk in ids.chunks(CHUNK) {
        let hashes = hidden::hashes(tx, session, name, chunk).await?;
        if let [hash] = &hashes[..] {
            deleted += delete_row(tx, session, name, hash).await?;
            continue;
        }
        let mut delete = Query::delete().from_table(TABLE).take();
        delete
            .and_where(Expr::col("session_id").eq(session.as_str()))
            .and_where(Expr::col("name").eq(name))
            .and_where(Expr::col("id_hash").is_in(hashes));
        deleted += tx.execute(&delete).await?;
    }
    Ok(deleted)
}

async fn delete_row(tx: &mut Tx, session: &SessionId, name: &str, hash: &str) -> Result<u64, StoreError> {
    static DELETE: Fixed =
        Fixed::new(|dialect| dialect.build(&Query::delete().from_table(TABLE).cond_where(one()).take()));
    tx.execute_raw(DELETE.with(tx.dialect(), [session.as_str().into(), name.into(), hash.into()])).await
}

/// Forgets what is due before `cutoff` under a name; returns how many rows.
pub async fn expire(tx: &mut Tx, session: &SessionId, name: &str, cutoff: i64) -> Result<u64, StoreError> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("due_at").lt(cutoff))
        .take();
    tx.execute(&delete).await
}

/// Forgets what is kept under some names.
pub async fn wipe_names(tx: &mut Tx, session: &SessionId, names: &[&str]) -> Result<u64, StoreError> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("name").is_in(names.iter().copied()))
        .take();
    tx.execute(&delete).await
}

/// Forgets everything the engine kept for a session.
pub async fn wipe(tx: &mut Tx, session: &SessionId) -> Result<u64, StoreError> {
    let of_session = Expr::col("session_id").eq(session.as_str());
    tx.execute(&Query::delete().from_table(TABLE).and_where(of_session).take()).await
}

fn of(session: &SessionId, name: &str) -> SelectStatement {
    Query::select()
        .columns(["id_hash", "value"])
        .from(TABLE)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("name").eq(name))
        .take()
}

async fn read(db: &impl Conn, session: &SessionId, name: &str, row: &Row) -> Result<(String, Vec<u8>), StoreError> {
    let (hash, sealed): (String, Vec<u8>) = (row.get("id_hash")?, row.get("value")?);
    hidden::open(db, session, name, &hash, &sealed).await
}
