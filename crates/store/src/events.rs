//! The event log. Readers follow it by position; a live signal only wakes them.

use sea_orm::sea_query::{Cond, Expr, ExprTrait, Func, Order, Query, SelectStatement};
use switchboard_model::{EventId, SessionId, Timestamp};

use crate::{
    Conn, Row, StoreError, Tx, counters, log,
    portions::portions,
    vault::{Cell, Scope},
};

pub use crate::log::head;

/// The counter that remembers how far events were forgotten.
const PRUNED: &str = "events_pruned";
const COLUMNS: [&str; 7] = ["pos", "id", "session_id", "seq", "kind", "at", "payload"];

/// One event as stored, its payload opened.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    pub pos: i64,
    pub id: EventId,
    pub session: SessionId,
    pub seq: i64,
    pub kind: String,
    pub at: Timestamp,
    pub payload: Vec<u8>,
}

/// What an appended event was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    pub id: EventId,
    pub pos: i64,
}

/// An event that its transaction writes before it commits.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub(crate) session: SessionId,
    /// Known when it is written.
    pub(crate) seq: i64,
    pos: i64,
    id: EventId,
    kind: String,
    at: Timestamp,
    sealed: Vec<u8>,
}

/// Which events a reader wants; an absent list wants all.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    pub sessions: Option<Vec<SessionId>>,
    /// Single events of other sessions that are wanted beside those of `sessions`.
    pub positions: Vec<i64>,
    pub kinds: Option<Vec<String>>,
    /// Never these, wanted or not.
    pub withheld: &'static [&'static str],
}

/// Appends one event. It becomes visible, and followers are woken, when the transaction commits.
pub async fn append(
    tx: &mut Tx,
    session: &SessionId,
    kind: &str,
    at: Timestamp,
    payload: &[u8],
) -> Result<Appended, StoreError> {
    let id = EventId::generate();
    let sealed = tx.seal(cell(session, &id), payload).await?;
    let pos = log::reserve(tx).await?;
    let (session, kind) = (session.clone(), kind.to_owned());
    tx.state.log.events.push(Waiting { session, seq: 0, pos, id: id.clone(), kind, at, sealed });
    Ok(Appended { id, pos })
}

pub(crate) async fn write(tx: &mut Tx, waiting: &[Waiting]) -> Result<(), StoreError> {
    for events in portions(waiting) {
        let mut insert = Query::insert().into_table("events").columns(COLUMNS).take();
        for Waiting { session, seq, pos, id, kind, at, sealed } in events {
            insert.values_panic([
                (*pos).into(),
                id.0.as_str().into(),
                session.as_str().into(),
                (*seq).into(),
                kind.as_str().into(),
                at.millis().into(),
                sealed.as_slice().into(),
            ]);
        }
        tx.execute(&insert).await?;
    }
    Ok(())
}

/// Up to `limit` events behind position `pos`, oldest first.
pub async fn after(db: &impl Conn, pos: i64, filter: &EventFilter, limit: u64) -> Result<Vec<EventRow>, StoreError> {
    let behind = Query::select().and_where(Expr::col("pos").gt(pos)).order_by("pos", Order::Asc).limit(limit).take();
    some(db, behind, filter).await
}

/// Up to `limit` events before position `pos`, newest first.
pub async fn before(db: &impl Conn, pos: i64, filter: &EventFilter, limit: u64) -> Result<Vec<EventRow>, StoreError> {
    let earlier = Query::select().and_where(Expr::col("pos").lt(pos)).order_by("pos", Order::Desc).limit(limit).take();
    some(db, earlier, filter).await
}

async fn some(db: &impl Conn, mut select: SelectStatement, filter: &EventFilter) -> Result<Vec<EventRow>, StoreError> {
    select.columns(COLUMNS).from("events");
    if let Some(sessions) = &filter.sessions {
        let of_sessions = Expr::col("session_id").is_in(sessions.iter().map(SessionId::as_str));
        let positions = &filter.positions;
        let told = (!positions.is_empty()).then(|| Expr::col("pos").is_in(positions.iter().copied()));
        select.cond_where(Cond::any().add(of_sessions).add_option(told));
    }
    if let Some(kinds) = &filter.kinds {
        select.and_where(Expr::col("kind").is_in(kinds.iter().map(String::as_str)));
    }
    if !filter.withheld.is_empty() {
        select.and_where(Expr::col("kind").is_not_in(filter.withheld.iter().copied()));
    }
    let mut events = Vec::new();
    for row in db.all(&select).await? {
        events.push(read(db, &row).await?);
    }
    Ok(events)
}

/// The newest event of a kind in a session, unless it is forgotten.
pub async fn newest_of(db: &impl Conn, session: &SessionId, kind: &str) -> Result<Option<EventRow>, StoreError> {
    let select = Query::select()
        .columns(COLUMNS)
        .from("events")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("kind").eq(kind))
        .order_by("pos", Order::Desc)
        .limit(1)
        .take();
    match db.one(&select).await? {
        Some(row) => read(db, &row).await.map(Some),
        None => Ok(None),
    }
}

/// The event at a position, unless it is forgotten.
pub async fn at(db: &impl Conn, pos: i64) -> Result<Option<EventRow>, StoreError> {
    let select = Query::select().columns(COLUMNS).from("events").and_where(Expr::col("pos").eq(pos)).take();
    match db.one(&select).await? {
        Some(row) => read(db, &row).await.map(Some),
        None => Ok(None),
    }
}

/// The position of the oldest event still kept.
pub async fn oldest(db: &impl Conn) -> Result<Option<i64>, StoreError> {
    let select = Query::select().expr_as(Func::min(Expr::col("pos")), "oldest").from("events").take();
    db.one(&select).await?.map_or(Ok(None), |row| row.get("oldest"))
}

/// Forgets up to `limit` events older than `before` and no newer than position `upto`; returns how many. Positions are
/// never given out again.
pub async fn prune(tx: &mut Tx, before: Timestamp, upto: i64, limit: u64) -> Result<u64, StoreError> {
    log::write_waiting(tx).await?;
    let select = Query::select()
        .column("pos")
        .from("events")
        .and_where(Expr::col("at").lt(before.millis()))
        .and_where(Expr::col("pos").lte(upto))
        .order_by("pos", Order::Asc)
        .limit(limit)
        .take();
    let rows = tx.all(&select).await?;
    let positions = rows.iter().map(|row| row.get::<i64>("pos")).collect::<Result<Vec<_>, _>>()?;
    if positions.is_empty() {
        return Ok(0);
    }
    if let Some(newest) = positions.iter().max() {
        counters::raise(tx, PRUNED, *newest).await?;
    }
    tx.execute(&Query::delete().from_table("events").and_where(Expr::col("pos").is_in(positions)).take()).await
}

/// The newest position that was ever forgotten by age: a reader that stands before it has missed something.
pub async fn pruned_to(db: &impl Conn) -> Result<i64, StoreError> {
    Ok(counters::get(db, PRUNED).await?.unwrap_or(0))
}

/// Forgets everything told of a session, for its deletion.
pub async fn forget(tx: &mut Tx, session: &SessionId) -> Result<u64, StoreError> {
    log::write_waiting(tx).await?;
    let delete = Query::delete().from_table("events").and_where(Expr::col("session_id").eq(session.as_str())).take();
    tx.execute(&delete).await
}

/// Forgets all events of a session, as deleting it does.
pub async fn wipe(tx: &mut Tx, session: &SessionId) -> Result<u64, StoreError> {
    log::write_waiting(tx).await?;
    let of_session = Expr::col("session_id").eq(session.as_str());
    tx.execute(&Query::delete().from_table("events").and_where(of_session).take()).await
}

async fn read(db: &impl Conn, row: &Row) -> Result<EventRow, StoreError> {
    let session: SessionId = row.parse("session_id")?;
    let id = EventId(row.get("id")?);
    let sealed: Vec<u8> = row.get("payload")?;
    let payload = db.open(cell(&session, &id), &sealed).await?;
    Ok(EventRow {
        pos: row.get("pos")?,
        id,
        session,
        seq: row.get("seq")?,
        kind: row.get("kind")?,
        at: row.time("at")?,
        payload,
    })
}

fn cell<'a>(session: &'a SessionId, id: &'a EventId) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: "events", column: "payload", row: &id.0 }
}
