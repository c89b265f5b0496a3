//! Secrets that sign login tokens, known by their `kid`. Retired ones still verify until the caller deletes them.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use secrecy::{ExposeSecret, SecretSlice};
use switchboard_model::Timestamp;

use crate::{
    Conn, Row, StoreError, Tx,
    vault::{Cell, Scope},
};

#[derive(Debug)]
pub struct JwtKeyRow {
    pub kid: String,
    pub secret: SecretSlice<u8>,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

pub async fn insert(tx: &mut Tx, kid: &str, secret: &SecretSlice<u8>, at: Timestamp) -> Result<(), StoreError> {
    let sealed = tx.seal(cell(kid), secret.expose_secret()).await?;
    let insert = Query::insert()
        .into_table("jwt_keys")
        .columns(["kid", "secret", "created_at"])
        .values_panic([kid.into(), sealed.into(), at.millis().into()])
        .take();
    tx.execute(&insert).await.map(drop)
}

pub async fn find(db: &impl Conn, kid: &str) -> Result<Option<JwtKeyRow>, StoreError> {
    match db.one(select().and_where(Expr::col("kid").eq(kid))).await? {
        Some(row) => read(db, &row).await.map(Some),
        None => Ok(None),
    }
}

/// All keys, newest first; the first one not retired signs.
pub async fn list(db: &impl Conn) -> Result<Vec<JwtKeyRow>, StoreError> {
    let mut keys = Vec::new();
    for row in db.all(select().order_by("created_at", Order::Desc).order_by("kid", Order::Desc)).await? {
        keys.push(read(db, &row).await?);
    }
    Ok(keys)
}

pub async fn retire(tx: &mut Tx, kid: &str, at: Timestamp) -> Result<bool, StoreError> {
    let update = Query::update()
        .table("jwt_keys")
        .value("retired_at", at.millis())
        .and_where(Expr::col("kid").eq(kid))
        .and_where(Expr::col("retired_at").is_null())
        .take();
    Ok(tx.execute(&update).await? > 0)
}

/// Forgets keys retired before `before`, whose tokens have all expired.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    let old = Expr::col("retired_at").lt(before.millis());
    tx.execute(&Query::delete().from_table("jwt_keys").and_where(old).take()).await
}

fn select() -> SelectStatement {
    Query::select().columns(["kid", "secret", "created_at", "retired_at"]).from("jwt_keys").take()
}

async fn read(db: &impl Conn, row: &Row) -> Result<JwtKeyRow, StoreError> {
    let kid: String = row.get("kid")?;
    let sealed: Vec<u8> = row.get("secret")?;
    let secret = db.open(cell(&kid), &sealed).await?.into();
    Ok(JwtKeyRow { secret, created_at: row.time("created_at")?, retired_at: row.time_opt("retired_at")?, kid })
}

fn cell(kid: &str) -> Cell<'_> {
    Cell { scope: Scope::Gateway, table: "jwt_keys", column: "secret", row: kid }
}
