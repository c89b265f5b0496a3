//! Positions in the event log: gap-free and in commit order on every database.
//!
//! The first event of a transaction takes the row lock of `log_head`; from then on this transaction alone hands out
//! positions, so it counts in memory and writes the counters back once, before it commits.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr};
use switchboard_model::SessionId;

use crate::{Conn, StoreError, Tx, webhooks};

/// The counters of a transaction that holds the lock.
#[derive(Clone, Default)]
pub(crate) struct LogCursor {
    head: Option<Head>,
    seqs: BTreeMap<String, i64>,
    /// The version of all webhooks, read under the lock or moved by this transaction.
    webhooks: Option<i64>,
}

#[derive(Clone, Copy)]
struct Head {
    stored: i64,
    pos: i64,
}

impl LogCursor {
    /// The newest position this transaction gave out.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.head.map(|head| head.pos)
    }
}

/// The position of the newest committed event; 0 before the first.
pub async fn head(db: &impl Conn) -> Result<i64, StoreError> {
    let select = Query::select().column("pos").from("log_head").and_where(Expr::col("id").eq(1)).to_owned();
    let row = db.one(&select).await?;
    row.ok_or_else(|| StoreError::HalfMigrated("log_head has no row".to_owned()))?.get("pos")
}

/// The next position and the session's next sequence number.
pub(crate) async fn reserve(tx: &mut Tx, session: &SessionId) -> Result<(i64, i64), StoreError> {
    let head = match tx.state.log.head {
        Some(head) => Head { pos: head.pos + 1, ..head },
        None => lock(tx).await?,
    };
    let seq = next_seq(tx, session).await?;
    tx.state.log.head = Some(head);
    tx.state.log.seqs.insert(session.as_str().to_owned(), seq);
    Ok((head.pos, seq))
}

async fn lock(tx: &mut Tx) -> Result<Head, StoreError> {
    let advance = Query::update()
        .table("log_head")
        .value("pos", Expr::col("pos").add(1))
        .and_where(Expr::col("id").eq(1))
        .to_owned();
    tx.execute(&advance).await?;
    let (pos, version) = head_and_webhooks(tx).await?;
    tx.state.log.webhooks = Some(version);
    Ok(Head { stored: pos, pos })
}

/// Both in one query, because this one runs for every transaction with an event.
async fn head_and_webhooks(tx: &Tx) -> Result<(i64, i64), StoreError> {
    let version =
        Query::select().column("value").from("counters").and_where(Expr::col("name").eq(webhooks::VERSION)).to_owned();
    let select = Query::select()
        .column("pos")
        .expr_as(SimpleExpr::SubQuery(None, Box::new(version.into())), "webhooks")
        .from("log_head")
        .and_where(Expr::col("id").eq(1))
        .to_owned();
    let row = tx.one(&select).await?.ok_or_else(|| StoreError::HalfMigrated("log_head has no row".to_owned()))?;
    Ok((row.get("pos")?, row.get::<Option<i64>>("webhooks")?.unwrap_or(0)))
}

/// Takes the lock without a position: keeps all who append events waiting until this transaction ends.
pub(crate) async fn lock_out(tx: &mut Tx) -> Result<(), StoreError> {
    if tx.state.log.head.is_some() {
        return Ok(());
    }
    let touch =
        Query::update().table("log_head").value("pos", Expr::col("pos")).and_where(Expr::col("id").eq(1)).to_owned();
    tx.execute(&touch).await.map(drop)
}

/// This transaction moved the version.
pub(crate) fn note_webhooks(tx: &mut Tx, version: i64) {
    if tx.state.log.head.is_some() {
        tx.state.log.webhooks = Some(version);
    }
}

/// The version of all webhooks as this transaction sees it.
pub(crate) async fn webhooks_version(tx: &Tx) -> Result<i64, StoreError> {
    match tx.state.log.webhooks {
        Some(version) => Ok(version),
        None => webhooks::version(tx).await,
    }
}

async fn next_seq(tx: &mut Tx, session: &SessionId) -> Result<i64, StoreError> {
    if let Some(seq) = tx.state.log.seqs.get(session.as_str()) {
        return Ok(seq + 1);
    }
    let select = Query::select()
        .column("seq")
        .from("event_seqs")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .to_owned();
    Ok(tx.one(&select).await?.map_or(Ok(0), |row| row.get::<i64>("seq"))? + 1)
}

/// Writes the counters back; the last thing before COMMIT.
pub(crate) async fn flush(tx: &mut Tx) -> Result<(), StoreError> {
    let Some(head) = tx.state.log.head else { return Ok(()) };
    if head.pos != head.stored {
        let update =
            Query::update().table("log_head").value("pos", head.pos).and_where(Expr::col("id").eq(1)).to_owned();
        tx.execute(&update).await?;
    }
    let mut upsert = Query::insert().into_table("event_seqs").columns(["session_id", "seq"]).to_owned();
    for (session, seq) in &tx.state.log.seqs {
        upsert.values_panic([session.as_str().into(), (*seq).into()]);
    }
    upsert.on_conflict(OnConflict::column("session_id").update_column("seq").to_owned());
    tx.execute(&upsert).await?;
    Ok(())
}
