//! What is accepted and not yet acknowledged by the network: the send ledger's open rows.
//!
//! A row holds the finished message, so that every attempt sends the same bytes. Rows of one chat leave in the order
//! they came, also after a crash: a row put back from `sending` keeps its place.

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query, UpdateStatement};
use switchboard_model::{Jid, MessageId, SessionId};

use crate::{
    Conn, Row, StoreError, Tx,
    fixed::{Fixed, hole},
    messages::chat_index,
    vault::{Cell, Scope},
};

#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRow {
    pub id: MessageId,
    pub chat: Jid,
    pub finished: Vec<u8>,
    pub attempts: i64,
}

/// Whether a message may overtake those to other chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i64)]
pub enum Priority {
    /// The other party wrote a moment ago and waits.
    Reply = 0,
    Normal = 1,
}

pub async fn insert(
    tx: &mut Tx,
    session: &SessionId,
    row: &OutboxRow,
    place: i64,
    priority: Priority,
) -> Result<(), StoreError> {
    let chat_text = row.chat.to_string();
    let chat = chat_index(tx, session, &chat_text).await?;
    let sealed = tx.seal(cell(session, &row.id), &pack(&chat_text, &row.finished)).await?;
    if priority == Priority::Reply {
        hurry(tx, session, &chat).await?;
    }
    static INSERT: Fixed = Fixed::new(|dialect| {
        let columns = ["session_id", "id", "chat_ix", "place", "priority", "sending", "attempts", "body"];
        let holes = columns.map(|_| hole());
        dialect.build(&Query::insert().into_table("outbox").columns(columns).values_panic(holes).take())
    });
    let values = [
        session.as_str().into(),
        row.id.0.as_str().into(),
        chat.into(),
        place.into(),
        (priority as i64).into(),
        0i64.into(),
        row.attempts.into(),
        sealed.into(),
    ];
    tx.execute_raw(INSERT.with(tx.dialect(), values)).await.map(drop)
}

/// Takes up to `limit` waiting rows and marks them as being sent. Their attempts count when they begin, which
/// [`put_back`] writes down.
pub async fn claim(tx: &mut Tx, session: &SessionId, limit: u64) -> Result<Vec<OutboxRow>, StoreError> {
    let select = Query::select()
        .columns(["id", "attempts", "body"])
        .from("outbox")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("sending").eq(0i64))
        .order_by("priority", Order::Asc)
        .order_by("place", Order::Asc)
        .limit(limit)
        .take();
    let mut claimed = Vec::new();
    for row in tx.all(&select).await? {
        claimed.push(read(tx, session, &row).await?);
    }
    if !claimed.is_empty() {
        mark(tx, session, &claimed).await?;
    }
    Ok(claimed)
}

/// Puts rows that nobody sends any more back in their places, except for these. How often each was begun is told by
/// `attempts`; of those not named there, no attempt has begun since they were claimed.
pub async fn put_back(
    tx: &mut Tx,
    session: &SessionId,
    attempts: &[(MessageId, i64)],
    except: &[MessageId],
) -> Result<(), StoreError> {
    let mut alike: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for (id, count) in attempts {
        alike.entry(*count).or_default().push(&id.0);
    }
    for (count, ids) in alike {
        tx.execute(marked(session).value("attempts", count).and_where(Expr::col("id").is_in(ids))).await?;
    }
    let others = Expr::col("id").is_not_in(except.iter().map(|id| id.0.as_str()));
    tx.execute(marked(session).value("sending", 0i64).and_where(others)).await.map(drop)
}

/// Puts back what a crash left behind. An attempt may have begun for each of them.
pub async fn recover(tx: &mut Tx, session: &SessionId) -> Result<u64, StoreError> {
    let attempts = Expr::col("attempts").add(1i64);
    tx.execute(marked(session).value("sending", 0i64).value("attempts", attempts)).await
}

/// A change of the rows that are marked as being sent.
fn marked(session: &SessionId) -> UpdateStatement {
    let sending = Expr::col("sending").eq(1i64);
    Query::update().table("outbox").and_where(Expr::col("session_id").eq(session.as_str())).and_where(sending).take()
}

/// The network answered: the row is settled.
pub async fn remove(tx: &mut Tx, session: &SessionId, id: &MessageId) -> Result<bool, StoreError> {
    static REMOVE: Fixed = Fixed::new(|dialect| {
        let delete = Query::delete()
            .from_table("outbox")
            .and_where(Expr::col("session_id").eq(hole()))
            .and_where(Expr::col("id").eq(hole()))
            .take();
        dialect.build(&delete)
    });
    let values = [session.as_str().into(), id.0.as_str().into()];
    Ok(tx.execute_raw(REMOVE.with(tx.dialect(), values)).await? > 0)
}

/// Removes a row that no attempt has begun for, nor may begin now; tells whether there was one.
pub async fn cancel(tx: &mut Tx, session: &SessionId, id: &MessageId) -> Result<bool, StoreError> {
    let delete = Query::delete()
        .from_table("outbox")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("id").eq(id.0.as_str()))
        .and_where(Expr::col("attempts").eq(0i64))
        .and_where(Expr::col("sending").eq(0i64))
        .take();
    Ok(tx.execute(&delete).await? > 0)
}

/// Whether an attempt is under way.
pub async fn is_sending(db: &impl Conn, session: &SessionId, id: &MessageId) -> Result<bool, StoreError> {
    let select = Query::select()
        .column("sending")
        .from("outbox")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("id").eq(id.0.as_str()))
        .take();
    Ok(db.one(&select).await?.map(|row| row.get::<i64>("sending")).transpose()?.is_some_and(|sending| sending == 1))
}

/// How many rows wait or are under way.
pub async fn depth(db: &impl Conn, session: &SessionId) -> Result<i64, StoreError> {
    let select = Query::select()
        .expr_as(Func::count(Expr::col("id")), "depth")
        .from("outbox")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .take();
    db.one(&select).await?.map_or(Ok(0), |row| row.get("depth"))
}

/// The same for all sessions that have any, in one question.
pub async fn depths(db: &impl Conn) -> Result<HashMap<SessionId, i64>, StoreError> {
    let select = Query::select()
        .column("session_id")
        .expr_as(Func::count(Expr::col("id")), "depth")
        .from("outbox")
        .group_by_col("session_id")
        .take();
    db.all(&select).await?.iter().map(|row| Ok((row.parse("session_id")?, row.get("depth")?))).collect()
}

/// How many messages wait, over all sessions.
pub async fn total(db: &impl Conn) -> Result<i64, StoreError> {
    let select = Query::select().expr_as(Func::count(Expr::col("id")), "waiting").from("outbox").take();
    db.one(&select).await?.map_or(Ok(0), |row| row.get("waiting"))
}

/// Whether a session has rows that no attempt is under way for.
pub async fn any_waiting(db: &impl Conn, session: &SessionId) -> Result<bool, StoreError> {
    let select = Query::select()
        .column("id")
        .from("outbox")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("sending").eq(0i64))
        .limit(1)
        .take();
    Ok(db.one(&select).await?.is_some())
}

/// The sessions with rows that no attempt is under way for.
pub async fn waiting(db: &impl Conn) -> Result<Vec<SessionId>, StoreError> {
    let select =
        Query::select().distinct().column("session_id").from("outbox").and_where(Expr::col("sending").eq(0i64)).take();
    db.all(&select).await?.iter().map(|row| row.parse("session_id")).collect()
}

/// Removes everything, whether an attempt is under way or not; tells what it was, in the order it came.
pub async fn clear(tx: &mut Tx, session: &SessionId) -> Result<Vec<MessageId>, StoreError> {
    let of_session = || Expr::col("session_id").eq(session.as_str());
    let select =
        Query::select().column("id").from("outbox").and_where(of_session()).order_by("place", Order::Asc).take();
    let rows = tx.all(&select).await?;
    tx.execute(&Query::delete().from_table("outbox").and_where(of_session()).take()).await?;
    rows.iter().map(|row| Ok(MessageId(row.get("id")?))).collect()
}

async fn mark(tx: &mut Tx, session: &SessionId, rows: &[OutboxRow]) -> Result<(), StoreError> {
    let update = Query::update()
        .table("outbox")
        .value("sending", 1i64)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("id").is_in(rows.iter().map(|row| row.id.0.as_str())))
        .take();
    tx.execute(&update).await.map(drop)
}

/// Earlier messages of the same chat move up too, so that none of them is overtaken.
async fn hurry(tx: &mut Tx, session: &SessionId, chat: &str) -> Result<(), StoreError> {
    let update = Query::update()
        .table("outbox")
        .value("priority", Priority::Reply as i64)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("chat_ix").eq(chat))
        .take();
    tx.execute(&update).await.map(drop)
}

async fn read(db: &impl Conn, session: &SessionId, row: &Row) -> Result<OutboxRow, StoreError> {
    let id = MessageId(row.get("id")?);
    let sealed: Vec<u8> = row.get("body")?;
    let (chat, finished) = unpack(&db.open(cell(session, &id), &sealed).await?)?;
    Ok(OutboxRow { id, chat, finished, attempts: row.get("attempts")? })
}

/// The address, its length before it, then the message.
fn pack(chat: &str, finished: &[u8]) -> Vec<u8> {
    let length = u8::try_from(chat.len()).unwrap_or(u8::MAX);
    let mut packed = vec![length];
    packed.extend_from_slice(&chat.as_bytes()[..usize::from(length)]);
    packed.extend_from_slice(finished);
    packed
}

fn unpack(packed: &[u8]) -> Result<(Jid, Vec<u8>), StoreError> {
    let damaged = || StoreError::Corrupt("outbox.body is damaged".to_owned());
    let (length, rest) = packed.split_first().ok_or_else(damaged)?;
    let (chat, finished) = rest.split_at_checked(usize::from(*length)).ok_or_else(damaged)?;
    let chat = std::str::from_utf8(chat).map_err(StoreError::corrupt)?;
    Ok((chat.parse().map_err(StoreError::corrupt)?, finished.to_vec()))
}

fn cell<'a>(session: &'a SessionId, id: &'a MessageId) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: "outbox", column: "body", row: &id.0 }
}
