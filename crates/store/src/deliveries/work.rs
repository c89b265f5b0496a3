//! Deliveries as the worker sees them: lanes with something to do, their rows, and how each ended.
//!
//! The worker finds out about new rows by position, as every follower of the event log does, so nothing that was
//! committed escapes it, whoever committed it.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use switchboard_model::{DeliveryState, SessionId, Timestamp};

use super::{Attempt, DeliveryRow, is, read, select};
use crate::{Conn, Row, StoreError, Tx};

const PENDING: &str = DeliveryState::Pending.as_str();

/// The deliveries of one session to one webhook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    pub webhook: String,
    pub session: SessionId,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    Delivered,
    Retry { at: Timestamp },
    Dead,
    Skipped,
}

/// Which settled deliveries begin anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    One(i64),
    /// By position, both ends included.
    Range(i64, i64),
    Dead,
}

/// The lanes that got rows for events behind `after`, up to `upto`.
pub async fn lanes_between(db: &impl Conn, after: i64, upto: i64) -> Result<Vec<Lane>, StoreError> {
    let select = Query::select()
        .distinct()
        .columns(["webhook_id", "session_id"])
        .from("deliveries")
        .and_where(Expr::col("pos").gt(after))
        .and_where(Expr::col("pos").lte(upto))
        .take();
    db.all(&select).await?.iter().map(lane).collect()
}

/// The lanes of one webhook with something to deliver.
pub async fn lanes_of(db: &impl Conn, webhook: &str) -> Result<Vec<Lane>, StoreError> {
    let select = Query::select()
        .distinct()
        .columns(["webhook_id", "session_id"])
        .from("deliveries")
        .and_where(Expr::col("webhook_id").eq(webhook))
        .and_where(Expr::col("state").eq(PENDING))
        .take();
    db.all(&select).await?.iter().map(lane).collect()
}

/// The first rows of a lane, in the order of their events: those due at `due`, or all.
pub async fn pending(
    db: &impl Conn,
    lane: &Lane,
    due: Option<Timestamp>,
    except: &[i64],
    limit: u64,
) -> Result<Vec<DeliveryRow>, StoreError> {
    let mut select = select();
    select
        .and_where(Expr::col("webhook_id").eq(lane.webhook.as_str()))
        .and_where(Expr::col("state").eq(PENDING))
        .and_where(Expr::col("session_id").eq(lane.session.as_str()))
        .order_by("pos", Order::Asc)
        .limit(limit);
    if let Some(due) = due {
        select.and_where(Expr::col("next_at").lte(due.millis()));
    }
    if !except.is_empty() {
        select.and_where(Expr::col("pos").is_not_in(except.iter().copied()));
    }
    db.all(&select).await?.iter().map(read).collect()
}

/// When the next row of a lane is due that is not due at `after`.
pub async fn next_due(db: &impl Conn, lane: &Lane, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let select = Query::select()
        .expr_as(Expr::col("next_at").min(), "next_at")
        .from("deliveries")
        .and_where(Expr::col("webhook_id").eq(lane.webhook.as_str()))
        .and_where(Expr::col("state").eq(PENDING))
        .and_where(Expr::col("session_id").eq(lane.session.as_str()))
        .and_where(Expr::col("next_at").gt(after.millis()))
        .take();
    db.one(&select).await?.map_or(Ok(None), |row| row.time_opt("next_at"))
}

/// Writes down how an attempt ended; tells whether the row was still waiting for it.
pub async fn settle(
    tx: &mut Tx,
    webhook: &str,
    pos: i64,
    settlement: Settlement,
    attempt: &Attempt,
) -> Result<bool, StoreError> {
    let (state, next_at) = match settlement {
        Settlement::Retry { at } => (DeliveryState::Pending, Some(at)),
        Settlement::Delivered => (DeliveryState::Delivered, None),
        Settlement::Dead => (DeliveryState::Dead, None),
        Settlement::Skipped => (DeliveryState::Skipped, None),
    };
    let mut update = Query::update();
    update
        .table("deliveries")
        .value("state", state.as_str())
        .value("attempts", Expr::col("attempts").add(1i64))
        .value("attempted_at", attempt.at.millis())
        .value("status", attempt.status.map(i64::from))
        .value("latency", attempt.latency_ms)
        .value("error", attempt.error.clone())
        .cond_where(is(webhook, pos))
        .and_where(Expr::col("state").eq(PENDING));
    if let Some(at) = next_at {
        update.value("next_at", at.millis());
    }
    Ok(tx.execute(&update).await? > 0)
}

/// Makes everything that waits for its next attempt due at once: the receiver is back.
pub async fn hasten(tx: &mut Tx, webhook: &str, now: Timestamp) -> Result<u64, StoreError> {
    let update = Query::update()
        .table("deliveries")
        .value("next_at", now.millis())
        .and_where(Expr::col("webhook_id").eq(webhook))
        .and_where(Expr::col("state").eq(PENDING))
        .and_where(Expr::col("next_at").gt(now.millis()))
        .take();
    tx.execute(&update).await
}

/// Begins settled deliveries anew, as if they had never been attempted; returns how many.
pub async fn replay(tx: &mut Tx, webhook: &str, which: Replay, now: Timestamp) -> Result<u64, StoreError> {
    let mut update = Query::update();
    update
        .table("deliveries")
        .value("state", PENDING)
        .value("attempts", 0i64)
        .value("next_at", now.millis())
        .and_where(Expr::col("webhook_id").eq(webhook))
        .and_where(Expr::col("state").ne(PENDING));
    match which {
        Replay::One(pos) => update.and_where(Expr::col("pos").eq(pos)),
        Replay::Range(from, to) => update.and_where(Expr::col("pos").between(from, to)),
        Replay::Dead => update.and_where(Expr::col("state").eq(DeliveryState::Dead.as_str())),
    };
    tx.execute(&update).await
}

fn lane(row: &Row) -> Result<Lane, StoreError> {
    Ok(Lane { webhook: row.get("webhook_id")?, session: row.parse("session_id")? })
}
