//! Sessions that another program runs for now: one row for each, from taking to giving back.
//!
//! While such a row stands, its holder also has the session's connection lease ([`leases`](crate::leases)), without
//! end: no gateway can take that one, so none connects.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use switchboard_model::{SessionId, Timestamp};

use crate::{
    Conn, Row, StoreError, Tx,
    vault::{Cell, Scope},
};

const COLUMNS: [&str; 8] =
    ["session_id", "lease", "epoch", "holder", "taken_at", "renewed_at", "expires_at", "expired"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverRow {
    pub session: SessionId,
    pub lease: String,
    /// Of the connection lease; 0 until this gateway's own connection has ended.
    pub epoch: i64,
    /// The credential it was given to.
    pub holder: String,
    pub taken_at: Timestamp,
    pub renewed_at: Timestamp,
    pub expires_at: Timestamp,
    /// Its expiry was announced.
    pub expired: bool,
}

/// Fails with [`StoreError::Conflict`] if the session is handed over already.
pub async fn insert(tx: &mut Tx, row: &HandoverRow) -> Result<(), StoreError> {
    let insert = Query::insert()
        .into_table("handovers")
        .columns(COLUMNS)
        .values_panic([
            row.session.as_str().into(),
            row.lease.as_str().into(),
            row.epoch.into(),
            row.holder.as_str().into(),
            row.taken_at.millis().into(),
            row.renewed_at.millis().into(),
            row.expires_at.millis().into(),
            i64::from(row.expired).into(),
        ])
        .take();
    tx.execute(&insert).await.map(drop)
}

pub async fn find(db: &impl Conn, session: &SessionId) -> Result<Option<HandoverRow>, StoreError> {
    let select = select().and_where(Expr::col("session_id").eq(session.as_str())).take();
    db.one(&select).await?.as_ref().map(read).transpose()
}

/// Those that have run out without anybody having been told.
pub async fn run_out(db: &impl Conn, now: Timestamp) -> Result<Vec<HandoverRow>, StoreError> {
    let due = Expr::col("expired").eq(0i64).and(Expr::col("expires_at").lte(now.millis()));
    db.all(&select().and_where(due).take()).await?.iter().map(read).collect()
}

/// Writes what can change: epoch, times, whether the expiry was told. Tells whether this very hand-over still stands.
pub async fn update(tx: &mut Tx, row: &HandoverRow) -> Result<bool, StoreError> {
    let update = Query::update()
        .table("handovers")
        .value("epoch", row.epoch)
        .value("renewed_at", row.renewed_at.millis())
        .value("expires_at", row.expires_at.millis())
        .value("expired", i64::from(row.expired))
        .and_where(Expr::col("session_id").eq(row.session.as_str()))
        .and_where(Expr::col("lease").eq(row.lease.as_str()))
        .take();
    Ok(tx.execute(&update).await? > 0)
}

/// Ends this very hand-over; false when it has ended.
pub async fn delete(tx: &mut Tx, session: &SessionId, lease: &str) -> Result<bool, StoreError> {
    let delete = Query::delete()
        .from_table("handovers")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("lease").eq(lease))
        .take();
    Ok(tx.execute(&delete).await? > 0)
}

/// Seals what a session token carries. It opens for this session only, and never again once that is deleted.
pub async fn seal_token(tx: &mut Tx, session: &SessionId, lease: &str, carried: &[u8]) -> Result<Vec<u8>, StoreError> {
    tx.seal(cell(session, lease), carried).await
}

pub async fn open_token(
    db: &impl Conn,
    session: &SessionId,
    lease: &str,
    sealed: &[u8],
) -> Result<Vec<u8>, StoreError> {
    db.open(cell(session, lease), sealed).await
}

fn cell<'a>(session: &'a SessionId, lease: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: "handovers", column: "token", row: lease }
}

fn select() -> SelectStatement {
    Query::select().columns(COLUMNS).from("handovers").take()
}

fn read(row: &Row) -> Result<HandoverRow, StoreError> {
    Ok(HandoverRow {
        session: row.parse("session_id")?,
        lease: row.get("lease")?,
        epoch: row.get("epoch")?,
        holder: row.get("holder")?,
        taken_at: row.time("taken_at")?,
        renewed_at: row.time("renewed_at")?,
        expires_at: row.time("expires_at")?,
        expired: row.get::<i64>("expired")? == 1,
    })
}
