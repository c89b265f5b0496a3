//! Messages in both directions, sealed; found by chat, time, kind and status.
//!
//! A chat and a sender are stored as blind indexes: keyed hashes that find a row again and tell nothing to who reads
//! the table. An id is unique only for one sender in one chat, so all three make the key.

use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use switchboard_model::{Content, Message, MessageId, MessageStatus, Party, SessionId, Timestamp};

use crate::{
    Conn, Row, StoreError, Tx,
    fixed::{Fixed, hole},
    one_person, people,
    tx::unless_known,
    vault::{Cell, Scope},
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
    /// Of the chat with this person, or written by this person elsewhere.
    pub person: Option<Party>,
    pub status: Option<MessageStatus>,
    pub kind: Option<String>,
    pub from_me: Option<bool>,
    /// Without reactions and the like, which are about other messages.
    pub conversation: bool,
    /// Only what was written then or later.
    pub since: Option<Timestamp>,
    /// Only what was written before.
    pub until: Option<Timestamp>,
    /// Only what is older: the timestamp and id of the last row of the page before.
    pub before: Option<(Timestamp, MessageId)>,
}

pub(crate) const COLUMNS: [&str; 8] =
    ["session_id", "id", "chat_ix", "sender_ix", "status", "changed_at", "reason", "body"];

/// Records a message unless it is known; tells whether it was new.
pub async fn insert_new(tx: &mut Tx, message: &Message, status: MessageStatus) -> Result<bool, StoreError> {
    let session = &message.session;
    let chat = chat_index(tx, session, &message.chat.jid.to_string()).await?;
    let sender = chat_index(tx, session, &message.sender.jid.to_string()).await?;
    let row = row_key(&chat, &sender, &message.id);
    let sealed = seal(tx, message, &row).await?;
    static INSERT: Fixed = Fixed::new(|dialect| {
        let columns =
            ["session_id", "chat_ix", "sender_ix", "id", "from_me", "kind", "status", "at", "changed_at", "body"];
        let holes = columns.map(|_| hole());
        let mut insert = Query::insert().into_table("messages").columns(columns).values_panic(holes).take();
        unless_known(&mut insert, &["session_id", "chat_ix", "sender_ix", "id"], dialect);
        dialect.build(&insert)
    });
    let values = [
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
    ];
    tx.insert_new_raw(INSERT.with(tx.dialect(), values)).await
}

/// Replaces what is stored of a message: its content, and what became of it later.
pub async fn rewrite(tx: &mut Tx, message: &Message) -> Result<(), StoreError> {
    let session = &message.session;
    let chat = chat_index(tx, session, &message.chat.jid.to_string()).await?;
    let sender = chat_index(tx, session, &message.sender.jid.to_string()).await?;
    let row = row_key(&chat, &sender, &message.id);
    let sealed = seal(tx, message, &row).await?;
    let update = Query::update()
        .table("messages")
        .value("kind", message.content.kind())
        .value("body", sealed)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("chat_ix").eq(chat))
        .and_where(Expr::col("sender_ix").eq(sender))
        .and_where(Expr::col("id").eq(message.id.0.as_str()))
        .take();
    tx.execute(&update).await.map(drop)
}

/// A message this account wrote.
pub async fn find_own(db: &impl Conn, session: &SessionId, id: &MessageId) -> Result<Option<MessageRow>, StoreError> {
    let own = find(db, session, id).await?;
    Ok(own.into_iter().find(|row| row.message.from_me))
}

/// Every message of this id: one, unless two senders happened to choose the same.
pub async fn find(db: &impl Conn, session: &SessionId, id: &MessageId) -> Result<Vec<MessageRow>, StoreError> {
    static FIND: Fixed = Fixed::new(|dialect| {
        let select = Query::select()
            .columns(COLUMNS)
            .from("messages")
            .and_where(Expr::col("session_id").eq(hole()))
            .and_where(Expr::col("id").eq(hole()))
            .take();
        dialect.build(&select)
    });
    let values = [session.as_str().into(), id.0.as_str().into()];
    let rows = db.all_raw(FIND.with(db.dialect(), values)).await?;
    read_all(db, session, rows).await
}

/// A page of messages, newest first, without those that have no content.
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
        .and_where(Expr::col("kind").ne(Content::NOT_STORED))
        .order_by("at", Order::Desc)
        .order_by("id", Order::Desc)
        .limit(limit)
        .take();
    if let Some(chat) = &filter.chat {
        let chat = chat_index(db, session, chat).await?;
        select.and_where(Expr::col("chat_ix").eq(chat));
    }
    if let Some(person) = &filter.person {
        let keys = people::chat_keys(db, session, person).await?;
        let is_theirs = |column: &'static str| Expr::col(column).is_in(keys.clone());
        select.cond_where(Cond::any().add(is_theirs("chat_ix")).add(is_theirs("sender_ix")));
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
    if filter.conversation {
        select.and_where(Expr::col("kind").is_not_in(Content::ABOUT_OTHERS));
    }
    if let Some(since) = filter.since {
        select.and_where(Expr::col("at").gte(since.millis()));
    }
    if let Some(until) = filter.until {
        select.and_where(Expr::col("at").lt(until.millis()));
    }
    if let Some((at, id)) = &filter.before {
        let at = at.millis();
        let tie = Expr::col("at").eq(at).and(Expr::col("id").lt(id.0.as_str()));
        select.and_where(Expr::col("at").lt(at).or(tie));
    }
    let rows = db.all(&select).await?;
    read_all(db, session, rows).await
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
    move_from(tx, session, id, MessageStatus::Queued, to, at, reason).await
}

/// The same, only if the network had answered for the message before.
pub async fn advance_answered(
    tx: &mut Tx,
    session: &SessionId,
    id: &MessageId,
    to: MessageStatus,
    at: Timestamp,
) -> Result<bool, StoreError> {
    move_from(tx, session, id, MessageStatus::Sent, to, at, None).await
}

async fn move_from(
    tx: &mut Tx,
    session: &SessionId,
    id: &MessageId,
    least: MessageStatus,
    to: MessageStatus,
    at: Timestamp,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    static MOVE: Fixed = Fixed::new(|dialect| {
        let update = Query::update()
            .table("messages")
            .value("status", hole())
            .value("changed_at", hole())
            .value("reason", hole())
            .and_where(Expr::col("session_id").eq(hole()))
            .and_where(Expr::col("id").eq(hole()))
            .and_where(Expr::col("from_me").eq(hole()))
            .and_where(Expr::col("status").is_in(ALL.map(|_| hole())))
            .take();
        dialect.build(&update)
    });
    let may = |status: MessageStatus| status >= least && status.may_become(to);
    // As many as there are holes: nothing is called nothing.
    let from = ALL.map(|status| if may(status) { status.as_str() } else { "" }.into());
    let [a, b, c, d, e, f, g, h] = from;
    let (reason, own) = (reason.map(str::to_owned).into(), 1i64.into());
    let (session, id) = (session.as_str().into(), id.0.as_str().into());
    let values = [to.as_str().into(), at.millis().into(), reason, session, id, own, a, b, c, d, e, f, g, h];
    Ok(tx.execute_raw(MOVE.with(tx.dialect(), values)).await? > 0)
}

const ALL: [MessageStatus; 8] = {
    use MessageStatus::*;
    [Queued, Sending, Sent, Delivered, Read, Played, Failed, Cancelled]
};

/// Forgets about `limit` messages older than `before`, the oldest first; what is still queued stays. Returns how many
/// went: more may be left while it is not 0.
pub async fn prune(tx: &mut Tx, session: &SessionId, before: Timestamp, limit: u64) -> Result<u64, StoreError> {
    let settled = |at: SimpleExpr| {
        Cond::all()
            .add(Expr::col("session_id").eq(session.as_str()))
            .add(at)
            .add(Expr::col("status").ne(MessageStatus::Queued.as_str()))
    };
    let newest_of_chunk = Query::select()
        .column("at")
        .from("messages")
        .cond_where(settled(Expr::col("at").lt(before.millis())))
        .order_by("at", Order::Asc)
        .limit(limit)
        .take();
    let Some(last) = tx.all(&newest_of_chunk).await?.pop() else { return Ok(0) };
    let upto = Expr::col("at").lte(last.get::<i64>("at")?);
    tx.execute(&Query::delete().from_table("messages").cond_where(settled(upto)).take()).await
}

/// Takes the content out of up to `limit` settled messages; returns how many there were.
pub async fn empty(tx: &mut Tx, session: &SessionId, limit: u64) -> Result<u64, StoreError> {
    let select = with_content(session).limit(limit).take();
    empty_found(tx, session, &select).await
}

/// Takes the content out of those of these messages that are settled.
pub async fn empty_these(tx: &mut Tx, session: &SessionId, ids: &[&MessageId]) -> Result<u64, StoreError> {
    let ids = ids.iter().map(|id| id.0.as_str());
    let select = with_content(session).and_where(Expr::col("id").is_in(ids)).take();
    empty_found(tx, session, &select).await
}

async fn empty_found(tx: &mut Tx, session: &SessionId, select: &SelectStatement) -> Result<u64, StoreError> {
    let rows = tx.all(select).await?;
    let rows = read_all(tx, session, rows).await?;
    for row in &rows {
        rewrite(tx, &row.message.clone().without_content()).await?;
    }
    Ok(rows.len() as u64)
}

fn with_content(session: &SessionId) -> SelectStatement {
    Query::select()
        .columns(COLUMNS)
        .from("messages")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("kind").ne(Content::NOT_STORED))
        .and_where(Expr::col("status").ne(MessageStatus::Queued.as_str()))
        .take()
}

/// Whether there is a settled message that is older.
pub async fn any_before(db: &impl Conn, session: &SessionId, before: Timestamp) -> Result<bool, StoreError> {
    let select = Query::select()
        .column("id")
        .from("messages")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("at").lt(before.millis()))
        .and_where(Expr::col("status").ne(MessageStatus::Queued.as_str()))
        .limit(1)
        .take();
    Ok(db.one(&select).await?.is_some())
}

/// What finds a chat's rows without naming it: a person's by either name.
pub(crate) async fn chat_index(db: &impl Conn, session: &SessionId, jid: &str) -> Result<String, StoreError> {
    let index = one_person::own_index(db, session, jid).await?;
    if jid.ends_with("@lid") { one_person::main_index(db, session, index).await } else { Ok(index) }
}

/// For the row of this key.
pub(crate) async fn seal(tx: &mut Tx, message: &Message, key: &str) -> Result<Vec<u8>, StoreError> {
    let body = serde_json::to_vec(message).map_err(StoreError::corrupt)?;
    tx.seal(cell(&message.session, key), &body).await
}

async fn read_all(db: &impl Conn, session: &SessionId, rows: Vec<Row>) -> Result<Vec<MessageRow>, StoreError> {
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        messages.push(read(db, session, &row).await?);
    }
    Ok(messages)
}

pub(crate) async fn read(db: &impl Conn, session: &SessionId, row: &Row) -> Result<MessageRow, StoreError> {
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

pub(crate) fn row_key(chat: &str, sender: &str, id: &MessageId) -> String {
    format!("{chat}/{sender}/{id}")
}

fn cell<'a>(session: &'a SessionId, row: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: "messages", column: "body", row }
}
