//! Calls, sealed; found by caller, time and status.

use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query, SelectStatement, SimpleExpr};
use switchboard_model::{Call, CallStatus, Party, SessionId, Timestamp};

use crate::{
    Conn, Row, StoreError, Tx,
    contact_index::ContactIndex,
    vault::{Cell, Scope},
};

const TABLE: &str = "whatsapp_calls";
const DAY: i64 = 24 * 3600 * 1000;

#[derive(Clone, Debug, PartialEq)]
pub struct CallRow {
    pub call: Call,
    pub status: CallStatus,
    pub reply_sent: bool,
    pub logged_at: Timestamp,
}

/// Which calls a reader wants, newest first.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    pub from: Option<Party>,
    pub since: Option<Timestamp>,
    pub status: Option<CallStatus>,
    /// Only what is older: time and id of the last row of the page before.
    pub before: Option<(Timestamp, String)>,
}

/// So many calls of one caller on one day (UTC) ended like this.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// What this caller is known by in the table; equal parts mean the same person.
    pub caller: (Option<String>, Option<String>),
    pub status: CallStatus,
    pub day: Timestamp,
    pub calls: i64,
    /// One of them, to ask for the caller's name.
    pub example: String,
}

/// Records a call unless it is known; tells whether it was new.
pub async fn insert_new(
    tx: &mut Tx,
    session: &SessionId,
    call: &Call,
    status: CallStatus,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let caller = ContactIndex::of(tx, session, &call.from).await?;
    let body = serde_json::to_vec(call).map_err(StoreError::corrupt)?;
    let sealed = tx.seal(cell(session, &call.id), &body).await?;
    let mut insert = Query::insert()
        .into_table(TABLE)
        .columns(["session_id", "id", "pn_ix", "lid_ix", "status", "at", "logged_at", "counted", "reply_sent", "body"])
        .values_panic([
            session.as_str().into(),
            call.id.as_str().into(),
            caller.pn.into(),
            caller.lid.into(),
            status.as_str().into(),
            call.timestamp.millis().into(),
            now.millis().into(),
            1i64.into(),
            0i64.into(),
            sealed.into(),
        ])
        .take();
    tx.insert_new(&mut insert, &["session_id", "id"]).await
}

pub async fn find(db: &impl Conn, session: &SessionId, id: &str) -> Result<Option<CallRow>, StoreError> {
    match db.one(&select(session).and_where(Expr::col("id").eq(id)).take()).await? {
        Some(row) => read(db, session, &row).await.map(Some),
        None => Ok(None),
    }
}

/// A page of calls, newest first.
pub async fn page(
    db: &impl Conn,
    session: &SessionId,
    filter: &CallFilter,
    limit: u64,
) -> Result<Vec<CallRow>, StoreError> {
    let mut page = select(session);
    page.order_by("at", Order::Desc).order_by("id", Order::Desc).limit(limit);
    if let Some(from) = &filter.from {
        page.cond_where(ContactIndex::of(db, session, from).await?.matches());
    }
    if let Some(since) = filter.since {
        page.and_where(Expr::col("at").gte(since.millis()));
    }
    if let Some(status) = filter.status {
        page.and_where(Expr::col("status").eq(status.as_str()));
    }
    if let Some((at, id)) = &filter.before {
        let tie = Expr::col("at").eq(at.millis()).and(Expr::col("id").lt(id.as_str()));
        page.and_where(Expr::col("at").lt(at.millis()).or(tie));
    }
    let mut calls = Vec::new();
    for row in db.all(&page).await? {
        calls.push(read(db, session, &row).await?);
    }
    Ok(calls)
}

/// Calls of any session that ring since before then.
pub async fn ringing_before(
    db: &impl Conn,
    then: Timestamp,
    limit: u64,
) -> Result<Vec<(SessionId, String)>, StoreError> {
    let select = Query::select()
        .columns(["session_id", "id"])
        .from(TABLE)
        .and_where(Expr::col("status").eq(CallStatus::Ringing.as_str()))
        .and_where(Expr::col("logged_at").lt(then.millis()))
        .limit(limit)
        .take();
    db.all(&select).await?.iter().map(|row| Ok((row.parse("session_id")?, row.get("id")?))).collect()
}

/// Moves a call forward; tells whether it moved.
pub async fn advance(tx: &mut Tx, session: &SessionId, id: &str, to: CallStatus) -> Result<bool, StoreError> {
    let from = CallStatus::ALL.into_iter().filter(|status| status.may_become(to)).map(CallStatus::as_str);
    let update = Query::update()
        .table(TABLE)
        .value("status", to.as_str())
        .and_where(of(session))
        .and_where(Expr::col("id").eq(id))
        .and_where(Expr::col("status").is_in(from))
        .take();
    Ok(tx.execute(&update).await? > 0)
}

pub async fn note_reply(tx: &mut Tx, session: &SessionId, id: &str) -> Result<(), StoreError> {
    let update = Query::update()
        .table(TABLE)
        .value("reply_sent", 1i64)
        .and_where(of(session))
        .and_where(Expr::col("id").eq(id))
        .take();
    tx.execute(&update).await.map(drop)
}

/// How many calls of this call's caller since `since` were logged up to and with this one.
pub async fn count_up_to(
    db: &impl Conn,
    session: &SessionId,
    row: &CallRow,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let caller = ContactIndex::of(db, session, &row.call.from).await?;
    let logged = row.logged_at.millis();
    let tie = Expr::col("logged_at").eq(logged).and(Expr::col("id").lte(row.call.id.as_str()));
    let select = Query::select()
        .expr_as(Func::count(Expr::col("id")), "found")
        .from(TABLE)
        .and_where(of(session))
        .cond_where(caller.matches())
        .and_where(Expr::col("counted").eq(1i64))
        .and_where(Expr::col("at").gte(since.millis()))
        .and_where(Expr::col("logged_at").lt(logged).or(tie))
        .take();
    db.one(&select).await?.map_or(Ok(0), |row| row.get("found"))
}

/// When this contact was last sent a reply.
pub async fn last_reply(db: &impl Conn, session: &SessionId, contact: &Party) -> Result<Option<Timestamp>, StoreError> {
    let select = Query::select()
        .expr_as(Func::max(Expr::col("logged_at")), "newest")
        .from(TABLE)
        .and_where(of(session))
        .cond_where(ContactIndex::of(db, session, contact).await?.matches())
        .and_where(Expr::col("reply_sent").eq(1i64))
        .take();
    db.one(&select).await?.map_or(Ok(None), |row| row.time_opt("newest"))
}

/// The calls so far count no more towards the limit.
pub async fn pardon(tx: &mut Tx, session: &SessionId, contact: &Party) -> Result<(), StoreError> {
    let caller = ContactIndex::of(tx, session, contact).await?;
    let update =
        Query::update().table(TABLE).value("counted", 0i64).and_where(of(session)).cond_where(caller.matches()).take();
    tx.execute(&update).await.map(drop)
}

/// Everything there is to count, by caller, day and status.
pub async fn tallies(db: &impl Conn, session: &SessionId) -> Result<Vec<Tally>, StoreError> {
    let day = Expr::col("at").sub(Expr::col("at").modulo(DAY));
    let select = Query::select()
        .columns(["pn_ix", "lid_ix", "status"])
        .expr_as(day, "day")
        .expr_as(Func::count(Expr::col("id")), "calls")
        .expr_as(Func::max(Expr::col("id")), "example")
        .from(TABLE)
        .and_where(of(session))
        .group_by_columns(["pn_ix", "lid_ix", "status"])
        // By name: with its own parameters the same expression would be another one to PostgreSQL.
        .add_group_by([Expr::col("day")])
        .to_owned();
    db.all(&select).await?.iter().map(tally).collect()
}

fn tally(row: &Row) -> Result<Tally, StoreError> {
    Ok(Tally {
        caller: (row.get("pn_ix")?, row.get("lid_ix")?),
        status: status(row)?,
        day: row.time("day")?,
        calls: row.get("calls")?,
        example: row.get("example")?,
    })
}

fn select(session: &SessionId) -> SelectStatement {
    let columns = ["id", "status", "reply_sent", "logged_at", "body"];
    Query::select().columns(columns).from(TABLE).and_where(of(session)).take()
}

fn of(session: &SessionId) -> SimpleExpr {
    Expr::col("session_id").eq(session.as_str())
}

async fn read(db: &impl Conn, session: &SessionId, row: &Row) -> Result<CallRow, StoreError> {
    let id: String = row.get("id")?;
    let body = db.open(cell(session, &id), &row.get::<Vec<u8>>("body")?).await?;
    Ok(CallRow {
        call: serde_json::from_slice(&body).map_err(StoreError::corrupt)?,
        status: status(row)?,
        reply_sent: row.get::<i64>("reply_sent")? != 0,
        logged_at: row.time("logged_at")?,
    })
}

fn status(row: &Row) -> Result<CallStatus, StoreError> {
    let word: String = row.get("status")?;
    CallStatus::parse(&word).ok_or_else(|| StoreError::Corrupt(format!("`{word}` is no status of a call")))
}

fn cell<'a>(session: &'a SessionId, id: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: TABLE, column: "body", row: id }
}
