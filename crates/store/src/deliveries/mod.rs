//! What is to be delivered to webhooks, and what became of it: a row for each event and webhook that wants it.
//!
//! A row holds no payload, only the position of its event. Rows of one webhook and one session make a lane, which is
//! what order is kept in.
//!
//! - here: making rows, and the log of them
//! - [`work`]: what the worker asks and answers

use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement};
use switchboard_model::{DeliveryState, EventId, SessionId, Timestamp};

use crate::{Conn, Row, StoreError, Tx, events::Appended, portions::portions, webhooks::word};

pub mod work;

const COLUMNS: [&str; 13] = [
    "pos",
    "webhook_id",
    "session_id",
    "event_id",
    "kind",
    "state",
    "attempts",
    "next_at",
    "created_at",
    "attempted_at",
    "status",
    "latency",
    "error",
];

#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryRow {
    /// The event's position; with the webhook it names the delivery.
    pub pos: i64,
    pub webhook: String,
    pub session: SessionId,
    pub event: EventId,
    pub kind: String,
    pub state: DeliveryState,
    pub attempts: i64,
    pub next_at: Timestamp,
    pub created_at: Timestamp,
    pub last: Option<Attempt>,
}

/// How the newest attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub at: Timestamp,
    /// The receiver's answer, if there was one.
    pub status: Option<u16>,
    pub latency_ms: i64,
    /// Why it does not count as delivered.
    pub error: Option<String>,
}

/// Which deliveries a list holds, newest first; what is absent does not restrict it.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// Of these webhooks.
    pub webhooks: Option<Vec<String>>,
    pub session: Option<SessionId>,
    pub state: Option<DeliveryState>,
    /// Only those behind this one: the position and the webhook of the last row of the page before.
    pub before: Option<(i64, String)>,
}

/// A delivery that the transaction of its event writes before it commits.
#[derive(Clone)]
pub(crate) struct Waiting {
    event: Appended,
    webhook: String,
    session: SessionId,
    kind: String,
    at: Timestamp,
}

/// Adds a delivery of a new event for each of these webhooks.
pub fn add(tx: &mut Tx, event: &Appended, session: &SessionId, kind: &str, at: Timestamp, webhooks: &[&str]) {
    let deliveries = webhooks.iter().map(|webhook| Waiting {
        event: event.clone(),
        webhook: (*webhook).to_owned(),
        session: session.clone(),
        kind: kind.to_owned(),
        at,
    });
    tx.state.log.deliveries.extend(deliveries);
}

pub(crate) async fn write(tx: &mut Tx, waiting: &[Waiting]) -> Result<(), StoreError> {
    for deliveries in portions(waiting) {
        let mut insert = Query::insert().into_table("deliveries").columns(COLUMNS[..9].iter().copied()).take();
        for Waiting { event, webhook, session, kind, at } in deliveries {
            insert.values_panic([
                event.pos.into(),
                webhook.as_str().into(),
                session.as_str().into(),
                event.id.0.as_str().into(),
                kind.as_str().into(),
                DeliveryState::Pending.as_str().into(),
                0i64.into(),
                at.millis().into(),
                at.millis().into(),
            ]);
        }
        tx.execute(&insert).await?;
    }
    Ok(())
}

pub async fn find(db: &impl Conn, webhook: &str, pos: i64) -> Result<Option<DeliveryRow>, StoreError> {
    let select = select().cond_where(is(webhook, pos)).take();
    db.one(&select).await?.as_ref().map(read).transpose()
}

pub async fn list(db: &impl Conn, filter: &DeliveryFilter, limit: u64) -> Result<Vec<DeliveryRow>, StoreError> {
    let wanted = Cond::all()
        .add_option(filter.webhooks.as_ref().map(|ids| Expr::col("webhook_id").is_in(ids.iter().map(String::as_str))))
        .add_option(filter.session.as_ref().map(|session| Expr::col("session_id").eq(session.as_str())))
        .add_option(filter.state.map(|state| Expr::col("state").eq(state.as_str())))
        .add_option(filter.before.as_ref().map(|(pos, webhook)| {
            let tie = Expr::col("pos").eq(*pos).and(Expr::col("webhook_id").gt(webhook.as_str()));
            Expr::col("pos").lt(*pos).or(tie)
        }));
    let page =
        select().cond_where(wanted).order_by("pos", Order::Desc).order_by("webhook_id", Order::Asc).limit(limit).take();
    db.all(&page).await?.iter().map(read).collect()
}

/// What waits and what was given up, for each webhook that has any of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    pub webhook: String,
    pub pending: i64,
    pub dead: i64,
    /// When the event came that has waited longest.
    pub oldest: Option<Timestamp>,
}

pub async fn backlog(db: &impl Conn) -> Result<Vec<Backlog>, StoreError> {
    let open = [DeliveryState::Pending.as_str(), DeliveryState::Dead.as_str()];
    let select = Query::select()
        .columns(["webhook_id", "state"])
        .expr_as(Expr::col("pos").count(), "many")
        .expr_as(Expr::col("created_at").min(), "oldest")
        .from("deliveries")
        .and_where(Expr::col("state").is_in(open))
        .group_by_columns(["webhook_id", "state"])
        .order_by("webhook_id", Order::Asc)
        .take();
    let mut backlogs: Vec<Backlog> = Vec::new();
    for row in db.all(&select).await? {
        let webhook: String = row.get("webhook_id")?;
        if backlogs.last().is_none_or(|last| last.webhook != webhook) {
            backlogs.push(Backlog { webhook, pending: 0, dead: 0, oldest: None });
        }
        let Some(backlog) = backlogs.last_mut() else { continue };
        match word(&row, "state", DeliveryState::parse)? {
            DeliveryState::Pending => (backlog.pending, backlog.oldest) = (row.get("many")?, row.time_opt("oldest")?),
            _ => backlog.dead = row.get("many")?,
        }
    }
    Ok(backlogs)
}

/// Forgets the settled deliveries of up to `limit` events up to a position; returns how many rows went.
pub async fn prune(tx: &mut Tx, upto: i64, limit: u64) -> Result<u64, StoreError> {
    let settled = Expr::col("state").ne(DeliveryState::Pending.as_str());
    let select = Query::select()
        .distinct()
        .column("pos")
        .from("deliveries")
        .and_where(Expr::col("pos").lte(upto))
        .and_where(settled.clone())
        .order_by("pos", Order::Asc)
        .limit(limit)
        .take();
    let rows = tx.all(&select).await?;
    let positions = rows.iter().map(|row| row.get::<i64>("pos")).collect::<Result<Vec<_>, _>>()?;
    if positions.is_empty() {
        return Ok(0);
    }
    let delete =
        Query::delete().from_table("deliveries").and_where(Expr::col("pos").is_in(positions)).and_where(settled).take();
    tx.execute(&delete).await
}

/// Forgets the deliveries of webhooks that are no more.
pub async fn sweep(tx: &mut Tx) -> Result<u64, StoreError> {
    let webhooks = Query::select().column("id").from("webhooks").take();
    let orphans = Expr::col("webhook_id").not_in_subquery(webhooks);
    tx.execute(&Query::delete().from_table("deliveries").and_where(orphans).take()).await
}

/// Forgets what was still to be told of a session, for its deletion.
pub async fn forget_session(tx: &mut Tx, session: &SessionId) -> Result<u64, StoreError> {
    let of_session = Expr::col("session_id").eq(session.as_str());
    tx.execute(&Query::delete().from_table("deliveries").and_where(of_session).take()).await
}

fn select() -> SelectStatement {
    Query::select().columns(COLUMNS).from("deliveries").take()
}

fn is(webhook: &str, pos: i64) -> Cond {
    Cond::all().add(Expr::col("pos").eq(pos)).add(Expr::col("webhook_id").eq(webhook))
}

fn read(row: &Row) -> Result<DeliveryRow, StoreError> {
    let attempt = |at| -> Result<Attempt, StoreError> {
        Ok(Attempt {
            at,
            status: row.get::<Option<i64>>("status")?.and_then(|status| u16::try_from(status).ok()),
            latency_ms: row.get::<Option<i64>>("latency")?.unwrap_or(0),
            error: row.get("error")?,
        })
    };
    Ok(DeliveryRow {
        pos: row.get("pos")?,
        webhook: row.get("webhook_id")?,
        session: row.parse("session_id")?,
        event: EventId(row.get("event_id")?),
        kind: row.get("kind")?,
        state: word(row, "state", DeliveryState::parse)?,
        attempts: row.get("attempts")?,
        next_at: row.time("next_at")?,
        created_at: row.time("created_at")?,
        last: row.time_opt("attempted_at")?.map(attempt).transpose()?,
    })
}
