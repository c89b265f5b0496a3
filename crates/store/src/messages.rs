//! Messages in both directions, sealed; found by chat, time, kind and status.
//!
//! A chat and a sender are stored as blind indexes: keyed hashes that find a row again and tell nothing to who reads
//! the table. An id is unique only for one sender in one chat, so all three make the key.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use switchboard_model::{Message, MessageId, MessageStatus, SessionId, Timestamp};

use crate::{
    Conn, Row, StoreError, Tx,
    vault::{Cell, Scope, blind_index},
};

#[derive(Clone, Debug, PartialEq)]
pub struct MessageRow {
    pub message: Message,
    pub status: MessageStatus,
    pub changed_at: Timestamp,
    /// Why it failed, in words for people.
    pub reason: Option<String>,
}

/// Which messages a reader wants, newest first.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    pub chat: Option<String>,
    pub status: Option<MessageStatus>,
    pub kind: Option<String>,
    pub from_me: Option<bool>,
    /// Only what is older: the timestamp and id of the last row of the page before.
    pub before: Option<(Timestamp, MessageId)>,
}

const COLUMNS: [&str; 8] = ["session_id", "id", "chat_ix", "sender_ix", "status", "changed_at", "reason", "body"];

/// Records a message unless it is known; tells whether it was new.
pub async fn insert_new(tx: &mut Tx, message: &Message, status: MessageStatus) -> Result<bool, StoreError> {
    let session = &message.session;
    let chat = chat_index(tx, session, &message.chat.jid.to_string()).await?;
    let sender = chat_index(tx, session, &message.sender.jid.to_string()).await?;
    let row = row_key(&chat, &sender, &message.id);
    let body = serde_json::to_vec(message).map_err(StoreError::corrupt)?;
    let sealed = tx.seal(cell(session, &row), &body).await?;
    let mut insert = Query::insert()
        .into_table("messages")
        .columns(["session_id", "chat_ix", "sender_ix", "id", "from_me", "kind", "status", "at", "changed_at", "body"])
        .values_panic([
            session.as_str().into(),
            chat.into(),
            sender.into(),
            message.id.0.as_str().into(),
            i64::from(message.from_me).into(),
            message.content.kind().into(),
            status.as_str().into(),
            message.timestamp.millis().into(),
            message.timestamp.millis().into(),
            sealed.into(),
        ])
        .to_owned();
    tx.insert_new(&mut insert, &["session_id", "chat_ix", "sender_ix", "id"]).await
}

/// Replaces what is stored of a message: its content, and what became of it later.
pub async fn rewrite(tx: &mut Tx, message: &Message) -> Result<(), StoreError> {
    let session = &message.session;
    let chat = chat_index(tx, session, &message.chat.jid.to_string()).await?;
    let sender = chat_index(tx, session, &message.sender.jid.to_string()).await?;
    let row = row_key(&chat, &sender, &message.id);
    let body = serde_json::to_vec(message).map_err(StoreError::corrupt)?;
    let sealed = tx.seal(cell(session, &row), &body).await?;
    let update = Query::update()
        .table("messages")
        .value("kind", message.content.kind())
        .value("body", sealed)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("chat_ix").eq(chat))
        .and_where(Expr::col("sender_ix").eq(sender))
        .and_where(Expr::col("id").eq(message.id.0.as_str()))
        .to_owned();
    tx.execute(&update).await.map(drop)
}

/// A message this account wrote.
pub async fn find_own(db: &impl Conn, session: &SessionId, id: &MessageId) -> Result<Option<MessageRow>, StoreError> {
    let select = by_id(session, id).and_where(Expr::col("from_me").eq(1i64)).to_owned();
    match db.one(&select).await? {
        Some(row) => read(db, session, &row).await.map(Some),
        None => Ok(None),
    }
}

/// Every message of this id: one, unless two senders happened to choose the same.
pub async fn find(db: &impl Conn, session: &SessionId, id: &MessageId) -> Result<Vec<MessageRow>, StoreError> {
    let rows = db.all(&by_id(session, id)).await?;
    read_all(db, session, rows).await
}

/// A page of messages, newest first.
pub async fn page(
    db: &impl Conn,
    session: &SessionId,
    filter: &MessageFilter,
    limit: u64,
) -> Result<Vec<MessageRow>, StoreError> {
    let mut select = Query::select()
        .columns(COLUMNS)
        .from("messages")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .order_by("at", Order::Desc)
        .order_by("id", Order::Desc)
        .limit(limit)
        .to_owned();
    if let Some(chat) = &filter.chat {
        let chat = chat_index(db, session, chat).await?;
        select.and_where(Expr::col("chat_ix").eq(chat));
    }
    if let Some(status) = filter.status {
        select.and_where(Expr::col("status").eq(status.as_str()));
    }
    if let Some(kind) = &filter.kind {
        select.and_where(Expr::col("kind").eq(kind.as_str()));
    }
    if let Some(from_me) = filter.from_me {
        select.and_where(Expr::col("from_me").eq(i64::from(from_me)));
    }
    if let Some((at, id)) = &filter.before {
        let at = at.millis();
        let tie = Expr::col("at").eq(at).and(Expr::col("id").lt(id.0.as_str()));
        select.and_where(Expr::col("at").lt(at).or(tie));
    }
    let rows = db.all(&select).await?;
    read_all(db, session, rows).await
}

/// The newest message of each chat, the chat that was last written in first.
pub async fn newest_of_chats(db: &impl Conn, session: &SessionId, limit: u64) -> Result<Vec<MessageRow>, StoreError> {
    let select = Query::select()
        .column("chat_ix")
        .expr_as(Expr::col("at").max(), "last")
        .from("messages")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .group_by_col("chat_ix")
        .order_by("last", Order::Desc)
        .limit(limit)
        .to_owned();
    let mut newest = Vec::new();
    for chat in db.all(&select).await? {
        newest.extend(newest_in(db, session, &chat.get::<String>("chat_ix")?).await?);
    }
    Ok(newest)
}

async fn newest_in(db: &impl Conn, session: &SessionId, chat: &str) -> Result<Option<MessageRow>, StoreError> {
    let select = Query::select()
        .columns(COLUMNS)
        .from("messages")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("chat_ix").eq(chat))
        .order_by("at", Order::Desc)
        .order_by("id", Order::Desc)
        .limit(1)
        .to_owned();
    match db.one(&select).await? {
        Some(row) => read(db, session, &row).await.map(Some),
        None => Ok(None),
    }
}

/// Moves an own message forward; tells whether it moved. Late and repeated receipts move nothing.
pub async fn advance(
    tx: &mut Tx,
    session: &SessionId,
    id: &MessageId,
    to: MessageStatus,
    at: Timestamp,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    const ALL: [MessageStatus; 8] = {
        use MessageStatus::*;
        [Queued, Sending, Sent, Delivered, Read, Played, Failed, Cancelled]
    };
    let from = ALL.into_iter().filter(|status| status.may_become(to)).map(MessageStatus::as_str);
    let update = Query::update()
        .table("messages")
        .value("status", to.as_str())
        .value("changed_at", at.millis())
        .value("reason", reason.map(str::to_owned))
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("id").eq(id.0.as_str()))
        .and_where(Expr::col("from_me").eq(1i64))
        .and_where(Expr::col("status").is_in(from))
        .to_owned();
    Ok(tx.execute(&update).await? > 0)
}

/// Forgets up to `limit` messages older than `before`; what is still queued stays.
pub async fn prune(tx: &mut Tx, session: &SessionId, before: Timestamp) -> Result<u64, StoreError> {
    let delete = Query::delete()
        .from_table("messages")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("at").lt(before.millis()))
        .and_where(Expr::col("status").ne(MessageStatus::Queued.as_str()))
        .to_owned();
    tx.execute(&delete).await
}

/// What finds a chat's rows without naming it.
pub(crate) async fn chat_index(db: &impl Conn, session: &SessionId, jid: &str) -> Result<String, StoreError> {
    blind_index(db, Scope::Session(session), "party", jid).await
}

fn by_id(session: &SessionId, id: &MessageId) -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .columns(COLUMNS)
        .from("messages")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("id").eq(id.0.as_str()))
        .to_owned()
}

async fn read_all(db: &impl Conn, session: &SessionId, rows: Vec<Row>) -> Result<Vec<MessageRow>, StoreError> {
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        messages.push(read(db, session, &row).await?);
    }
    Ok(messages)
}

async fn read(db: &impl Conn, session: &SessionId, row: &Row) -> Result<MessageRow, StoreError> {
    let id = MessageId(row.get("id")?);
    let key = row_key(&row.get::<String>("chat_ix")?, &row.get::<String>("sender_ix")?, &id);
    let sealed: Vec<u8> = row.get("body")?;
    let body = db.open(cell(session, &key), &sealed).await?;
    let status: String = row.get("status")?;
    Ok(MessageRow {
        message: serde_json::from_slice(&body).map_err(StoreError::corrupt)?,
        status: MessageStatus::parse(&status)
            .ok_or_else(|| StoreError::Corrupt(format!("`{status}` is no message status")))?,
        changed_at: row.time("changed_at")?,
        reason: row.get("reason")?,
    })
}

fn row_key(chat: &str, sender: &str, id: &MessageId) -> String {
    format!("{chat}/{sender}/{id}")
}

fn cell<'a>(session: &'a SessionId, row: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: "messages", column: "body", row }
}
