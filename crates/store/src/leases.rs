//! Which gateway runs a session. One row each, timed by the database's own clock, so that replicas need not agree
//! on the time. The epoch rises with every change of hands; whoever writes with an older one is refused.

use std::{collections::BTreeMap, time::Duration};

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Query, SimpleExpr};
use switchboard_model::SessionId;

use crate::{
    Conn, Dialect, Row, StoreError, Tx,
    fixed::{Fixed, hole},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    pub session: SessionId,
    pub holder: String,
    /// Where the holder takes forwarded requests.
    pub address: Option<String>,
    pub epoch: i64,
    /// By the database's clock at the time of reading.
    pub expired: bool,
}

/// Takes the lease if it is free, has run out, or is this holder's own from before a restart. Returns the new epoch.
pub async fn acquire(
    tx: &mut Tx,
    session: &SessionId,
    holder: &str,
    address: Option<&str>,
    lasts: Duration,
) -> Result<Option<i64>, StoreError> {
    tx.state.leases.0.remove(session);
    let until = now(tx).add(millis(lasts));
    let mut insert = Query::insert()
        .into_table("leases")
        .columns(["session_id", "holder", "address", "epoch", "expires_at"])
        .values_panic([
            session.as_str().into(),
            holder.into(),
            address.map(str::to_owned).into(),
            1i64.into(),
            until.clone(),
        ])
        .take();
    if tx.insert_new(&mut insert, &["session_id"]).await? {
        return Ok(Some(1));
    }
    let free = Expr::col("expires_at").lt(now(tx)).or(Expr::col("holder").eq(holder));
    let update = Query::update()
        .table("leases")
        .value("holder", holder)
        .value("address", address.map(str::to_owned))
        .value("epoch", Expr::col("epoch").add(1i64))
        .value("expires_at", until)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(free)
        .take();
    if tx.execute(&update).await? == 0 {
        return Ok(None);
    }
    Ok(find(tx, session).await?.map(|lease| lease.epoch))
}

/// Extends every lease of this holder that has not run out, in one statement; returns those it still holds.
pub async fn renew(tx: &mut Tx, holder: &str, lasts: Duration) -> Result<Vec<(SessionId, i64)>, StoreError> {
    let update = Query::update()
        .table("leases")
        .value("expires_at", now(tx).add(millis(lasts)))
        .and_where(Expr::col("holder").eq(holder))
        .and_where(Expr::col("expires_at").gte(now(tx)))
        .take();
    tx.execute(&update).await?;
    let select =
        columns().and_where(Expr::col("holder").eq(holder)).and_where(Expr::col("expires_at").gte(now(tx))).to_owned();
    tx.all(&select).await?.iter().map(|row| Ok((row.parse("session_id")?, row.get("epoch")?))).collect()
}

/// Gives a lease up, if it is still the one of this epoch.
pub async fn release(tx: &mut Tx, session: &SessionId, epoch: i64) -> Result<bool, StoreError> {
    tx.state.leases.0.remove(session);
    let update = Query::update()
        .table("leases")
        .value("expires_at", 0i64)
        .value("holder", "")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("epoch").eq(epoch))
        .take();
    Ok(tx.execute(&update).await? > 0)
}

/// No gateway holds anything any more; what was handed over stays so.
pub(crate) async fn let_go(tx: &mut Tx) -> Result<(), StoreError> {
    tx.state.leases = HeldLeases::default();
    let update = Query::update()
        .table("leases")
        .value("expires_at", 0i64)
        .value("holder", "")
        .and_where(Expr::col("holder").not_like("handover:%"))
        .take();
    tx.execute(&update).await.map(drop)
}

/// Epochs of leases whose rows this transaction has locked; none where nobody holds the lease.
#[derive(Clone, Default)]
pub(crate) struct HeldLeases(BTreeMap<SessionId, Option<i64>>);

/// Whether `epoch` is still the session's newest: asked at the head of a transaction that writes for its holder. The
/// row stays locked until the transaction ends, so nobody takes the session over in between, and the other commands of
/// the transaction need not ask again.
pub async fn is_current(tx: &mut Tx, session: &SessionId, epoch: i64) -> Result<bool, StoreError> {
    if let Some(held) = tx.state.leases.0.get(session) {
        return Ok(*held == Some(epoch));
    }
    static LOCK: Fixed = Fixed::new(|dialect| {
        dialect.build(&columns().and_where(Expr::col("session_id").eq(hole())).lock_exclusive().take())
    });
    let Some(row) = tx.one_raw(LOCK.with(tx.dialect(), [session.as_str().into()])).await? else { return Ok(false) };
    let held = Some(row.get::<i64>("epoch")?).filter(|_| row.get::<String>("holder").is_ok_and(|it| !it.is_empty()));
    tx.state.leases.0.insert(session.clone(), held);
    Ok(held == Some(epoch))
}

pub async fn find(db: &impl Conn, session: &SessionId) -> Result<Option<LeaseRow>, StoreError> {
    let select = columns()
        .expr_as(CaseStatement::new().case(Expr::col("expires_at").lt(now(db)), 1i64).finally(0i64), "expired")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .to_owned();
    db.one(&select).await?.map(|row| read(session, &row)).transpose()
}

fn columns() -> sea_orm::sea_query::SelectStatement {
    Query::select().columns(["session_id", "holder", "address", "epoch"]).from("leases").take()
}

fn read(session: &SessionId, row: &Row) -> Result<LeaseRow, StoreError> {
    Ok(LeaseRow {
        session: session.clone(),
        holder: row.get("holder")?,
        address: row.get("address")?,
        epoch: row.get("epoch")?,
        expired: row.get::<i64>("expired")? == 1,
    })
}

/// The database's clock in epoch milliseconds.
pub(crate) fn now(db: &impl Conn) -> SimpleExpr {
    Expr::cust(match db.dialect() {
        Dialect::Sqlite => "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
        Dialect::MySql => "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
        _ => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
    })
}

pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}
