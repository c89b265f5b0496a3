//! Positions in the event log: gap-free and in commit order on every database.
//!
//! The first event of a transaction takes the row lock of `log_head`; from then on this transaction alone hands out
//! positions, so it counts in memory. The events themselves wait there too: all of a transaction are written together
//! with the counters, before it commits.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr};
use switchboard_model::SessionId;

use crate::{
    Conn, StoreError, Tx, deliveries,
    events::{self, Waiting},
    portions::portions,
    webhooks,
};

/// The counters of a transaction that holds the lock.
#[derive(Clone, Default)]
pub(crate) struct LogCursor {
    head: Option<Head>,
    seqs: BTreeMap<SessionId, i64>,
    /// Appended, and not written yet.
    pub(crate) events: Vec<Waiting>,
    pub(crate) deliveries: Vec<deliveries::Waiting>,
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
    let select = Query::select().column("pos").from("log_head").and_where(Expr::col("id").eq(1)).take();
    let row = db.one(&select).await?;
    row.ok_or_else(|| StoreError::HalfMigrated("log_head has no row".to_owned()))?.get("pos")
}

/// The next position.
pub(crate) async fn reserve(tx: &mut Tx) -> Result<i64, StoreError> {
    let head = match tx.state.log.head {
        Some(head) => Head { pos: head.pos + 1, ..head },
        None => lock(tx).await?,
    };
    tx.state.log.head = Some(head);
    Ok(head.pos)
}

async fn lock(tx: &mut Tx) -> Result<Head, StoreError> {
    let advance =
        Query::update().table("log_head").value("pos", Expr::col("pos").add(1)).and_where(Expr::col("id").eq(1)).take();
    tx.execute(&advance).await?;
    let (pos, version) = head_and_webhooks(tx).await?;
    tx.state.log.webhooks = Some(version);
    Ok(Head { stored: pos, pos })
}

/// Both in one query, because this one runs for every transaction with an event.
async fn head_and_webhooks(tx: &Tx) -> Result<(i64, i64), StoreError> {
    let version =
        Query::select().column("value").from("counters").and_where(Expr::col("name").eq(webhooks::VERSION)).take();
    let select = Query::select()
        .column("pos")
        .expr_as(SimpleExpr::SubQuery(None, Box::new(version.into())), "webhooks")
        .from("log_head")
        .and_where(Expr::col("id").eq(1))
        .take();
    let row = tx.one(&select).await?.ok_or_else(|| StoreError::HalfMigrated("log_head has no row".to_owned()))?;
    Ok((row.get("pos")?, row.get::<Option<i64>>("webhooks")?.unwrap_or(0)))
}

/// Takes the lock without a position: keeps all who append events waiting until this transaction ends.
pub(crate) async fn lock_out(tx: &mut Tx) -> Result<(), StoreError> {
    if tx.state.log.head.is_some() {
        return Ok(());
    }
    let touch =
        Query::update().table("log_head").value("pos", Expr::col("pos")).and_where(Expr::col("id").eq(1)).take();
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

/// Writes what waits: for who reads or deletes events in the transaction that appended some.
pub(crate) async fn write_waiting(tx: &mut Tx) -> Result<(), StoreError> {
    let (mut appended, wanted) =
        (std::mem::take(&mut tx.state.log.events), std::mem::take(&mut tx.state.log.deliveries));
    number(tx, &mut appended).await?;
    events::write(tx, &appended).await?;
    deliveries::write(tx, &wanted).await
}

/// Gives each event its session's next sequence number.
async fn number(tx: &mut Tx, appended: &mut [Waiting]) -> Result<(), StoreError> {
    let seqs = &tx.state.log.seqs;
    let unknown: BTreeSet<&SessionId> = appended.iter().map(|event| &event.session).collect();
    let unknown: Vec<&SessionId> = unknown.into_iter().filter(|session| !seqs.contains_key(*session)).collect();
    let mut found = BTreeMap::new();
    for sessions in portions(&unknown) {
        found.extend(newest_seqs(tx, sessions).await?);
    }
    tx.state.log.seqs.extend(found);
    for event in appended {
        let seq = tx.state.log.seqs.entry(event.session.clone()).or_default();
        *seq += 1;
        event.seq = *seq;
    }
    Ok(())
}

async fn newest_seqs(tx: &Tx, sessions: &[&SessionId]) -> Result<Vec<(SessionId, i64)>, StoreError> {
    let select = Query::select()
        .columns(["session_id", "seq"])
        .from("event_seqs")
        .and_where(Expr::col("session_id").is_in(sessions.iter().map(|session| session.as_str())))
        .take();
    tx.all(&select).await?.iter().map(|row| Ok((row.parse("session_id")?, row.get("seq")?))).collect()
}

/// Writes the events and the counters; the last thing before COMMIT.
pub(crate) async fn flush(tx: &mut Tx) -> Result<(), StoreError> {
    write_waiting(tx).await?;
    let Some(head) = tx.state.log.head else { return Ok(()) };
    if head.pos != head.stored {
        let update = Query::update().table("log_head").value("pos", head.pos).and_where(Expr::col("id").eq(1)).take();
        tx.execute(&update).await?;
    }
    let seqs: Vec<(SessionId, i64)> = tx.state.log.seqs.iter().map(|(session, seq)| (session.clone(), *seq)).collect();
    for seqs in portions(&seqs) {
        let mut upsert = Query::insert().into_table("event_seqs").columns(["session_id", "seq"]).take();
        for (session, seq) in seqs {
            upsert.values_panic([session.as_str().into(), (*seq).into()]);
        }
        upsert.on_conflict(OnConflict::column("session_id").update_column("seq").to_owned());
        tx.execute(&upsert).await?;
    }
    Ok(())
}
