//! Small numbers that are never given out twice, whatever is deleted.

use sea_orm::sea_query::{Expr, ExprTrait, Query};

use crate::{Conn, StoreError, Tx};

/// The next value, beginning with 1. The row lock keeps other replicas waiting until this transaction ends.
pub(crate) async fn next(tx: &mut Tx, name: &'static str) -> Result<i64, StoreError> {
    let advance = Query::update()
        .table("counters")
        .value("value", Expr::col("value").add(1))
        .and_where(Expr::col("name").eq(name))
        .take();
    if tx.execute(&advance).await? == 0 {
        let insert = Query::insert()
            .into_table("counters")
            .columns(["name", "value"])
            .values_panic([name.into(), 1.into()])
            .take();
        tx.execute(&insert).await?;
        return Ok(1);
    }
    let select = Query::select().column("value").from("counters").and_where(Expr::col("name").eq(name)).take();
    tx.one(&select).await?.ok_or_else(|| StoreError::Corrupt(format!("counter {name} vanished")))?.get("value")
}

/// Raises a mark that only ever rises.
pub(crate) async fn raise(tx: &mut Tx, name: &'static str, value: i64) -> Result<(), StoreError> {
    let advance = Query::update()
        .table("counters")
        .value("value", value)
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("value").lt(value))
        .take();
    if tx.execute(&advance).await? == 0 && get(tx, name).await?.is_none() {
        let insert = Query::insert()
            .into_table("counters")
            .columns(["name", "value"])
            .values_panic([name.into(), value.into()])
            .take();
        tx.execute(&insert).await?;
    }
    Ok(())
}

pub(crate) async fn get(db: &impl Conn, name: &'static str) -> Result<Option<i64>, StoreError> {
    let select = Query::select().column("value").from("counters").and_where(Expr::col("name").eq(name)).take();
    db.one(&select).await?.map(|row| row.get("value")).transpose()
}
