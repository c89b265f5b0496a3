//! What the network said about phone numbers, sealed; a number is found by its blind index.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use switchboard_model::{Phone, SessionId, Timestamp};

use crate::{
    Conn, StoreError, Tx,
    vault::{Cell, Scope, blind_index},
};

/// Keeps an answer in the place of an earlier one.
pub async fn put(
    tx: &mut Tx,
    session: &SessionId,
    phone: &Phone,
    answer: &[u8],
    at: Timestamp,
) -> Result<(), StoreError> {
    let number = number_index(tx, session, phone).await?;
    let sealed = tx.seal(cell(session, &number), answer).await?;
    let before = Query::delete()
        .from_table("number_checks")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("number_ix").eq(number.as_str()))
        .take();
    tx.execute(&before).await?;
    let insert = Query::insert()
        .into_table("number_checks")
        .columns(["session_id", "number_ix", "at", "answer"])
        .values_panic([session.as_str().into(), number.into(), at.millis().into(), sealed.into()])
        .take();
    tx.execute(&insert).await.map(drop)
}

/// The answer for a number, if it is no older than that.
pub async fn find(
    db: &impl Conn,
    session: &SessionId,
    phone: &Phone,
    since: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let number = number_index(db, session, phone).await?;
    let select = Query::select()
        .column("answer")
        .from("number_checks")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("number_ix").eq(number.as_str()))
        .and_where(Expr::col("at").gte(since.millis()))
        .take();
    let Some(row) = db.one(&select).await? else { return Ok(None) };
    let sealed: Vec<u8> = row.get("answer")?;
    db.open(cell(session, &number), &sealed).await.map(Some)
}

/// How many numbers were asked about since then.
pub async fn count(db: &impl Conn, session: &SessionId, since: Timestamp) -> Result<u64, StoreError> {
    let select = Query::select()
        .expr_as(Expr::col("number_ix").count(), "asked")
        .from("number_checks")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("at").gte(since.millis()))
        .take();
    let asked: i64 = db.one(&select).await?.map(|row| row.get("asked")).transpose()?.unwrap_or(0);
    Ok(asked.try_into().unwrap_or(0))
}

/// What was ever answered for a number, however old.
pub async fn latest(db: &impl Conn, session: &SessionId, phone: &Phone) -> Result<Option<Vec<u8>>, StoreError> {
    find(db, session, phone, Timestamp::from_millis(0)).await
}

pub async fn forget(tx: &mut Tx, session: &SessionId, phone: &Phone) -> Result<u64, StoreError> {
    let number = number_index(tx, session, phone).await?;
    let delete = Query::delete()
        .from_table("number_checks")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("number_ix").eq(number))
        .take();
    tx.execute(&delete).await
}

pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    let delete = Query::delete().from_table("number_checks").and_where(Expr::col("at").lt(before.millis())).take();
    tx.execute(&delete).await
}

async fn number_index(db: &impl Conn, session: &SessionId, phone: &Phone) -> Result<String, StoreError> {
    blind_index(db, Scope::Session(session), "number", phone.digits()).await
}

fn cell<'a>(session: &'a SessionId, number: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: "number_checks", column: "answer", row: number }
}
