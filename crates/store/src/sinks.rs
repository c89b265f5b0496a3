//! How far each sink was brought, and which gateway brings it.

use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};

use crate::{Conn, StoreError, Tx, leases};

/// Takes a sink that nobody holds, or keeps it, by the database's clock; makes it if need be, to begin with the oldest
/// event that is kept. Returns its cursor if it is held now.
pub async fn hold(tx: &mut Tx, name: &str, holder: &str, lasts: Duration) -> Result<Option<i64>, StoreError> {
    let until = leases::now(tx).add(leases::millis(lasts));
    let mut insert = Query::insert()
        .into_table("sinks")
        .columns(["name", "pos", "holder", "held_until"])
        .values_panic([name.into(), 0i64.into(), holder.into(), until.clone()])
        .take();
    if tx.insert_new(&mut insert, &["name"]).await? {
        return Ok(Some(0));
    }
    let free = Expr::col("held_until").lt(leases::now(tx)).or(Expr::col("holder").eq(holder));
    let update = Query::update()
        .table("sinks")
        .value("holder", holder)
        .value("held_until", until)
        .and_where(Expr::col("name").eq(name))
        .and_where(free)
        .take();
    if tx.execute(&update).await? == 0 { Ok(None) } else { cursor(tx, name).await }
}

/// Lets another gateway have it at once.
pub async fn release(tx: &mut Tx, name: &str, holder: &str) -> Result<(), StoreError> {
    let update = Query::update()
        .table("sinks")
        .value("held_until", leases::now(tx).sub(1i64))
        .value("holder", "")
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("holder").eq(holder))
        .take();
    tx.execute(&update).await.map(drop)
}

/// Moves the cursor of a sink that is still held; false if another gateway has it.
pub async fn advance(tx: &mut Tx, name: &str, holder: &str, pos: i64) -> Result<bool, StoreError> {
    let update = Query::update()
        .table("sinks")
        .value("pos", pos)
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("holder").eq(holder))
        .take();
    Ok(tx.execute(&update).await? > 0)
}

/// The position up to which a sink was brought.
pub async fn cursor(db: &impl Conn, name: &str) -> Result<Option<i64>, StoreError> {
    let select = Query::select().column("pos").from("sinks").and_where(Expr::col("name").eq(name)).take();
    db.one(&select).await?.map(|row| row.get("pos")).transpose()
}

/// The position behind which some sink still needs the events. One that nobody has held for `unheld` counts no more:
/// it is not configured any longer.
pub async fn slowest(db: &impl Conn, unheld: Duration) -> Result<Option<i64>, StoreError> {
    let select = Query::select()
        .expr_as(Func::min(Expr::col("pos")), "slowest")
        .from("sinks")
        .and_where(Expr::col("held_until").gt(leases::now(db).sub(leases::millis(unheld))))
        .take();
    db.one(&select).await?.map_or(Ok(None), |row| row.get("slowest"))
}
