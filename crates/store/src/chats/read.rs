//! Finding a chat, and listing them.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use switchboard_model::{Chat, ChatKind, Jid, Party, SessionId, Timestamp};

use super::{Card, card::card, key_of, mute, of, select};
use crate::{Conn, Row, StoreError, labels, webhooks::word};

/// Which chats a reader wants, the one last written in first.
#[derive(Clone, Debug, Default)]
pub struct ChatFilter {
    /// Only those with something unread, or only those without.
    pub unread: Option<bool>,
    pub archived: Option<bool>,
    pub pinned: Option<bool>,
    pub kind: Option<ChatKind>,
    /// Only those that this label is on.
    pub label: Option<String>,
    /// Only what follows: the time and the key of the last chat of the page before.
    pub before: Option<(Timestamp, String)>,
}

/// A chat with the key that its page goes on from.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRow {
    pub key: String,
    pub chat: Chat,
}

pub async fn find(db: &impl Conn, session: &SessionId, chat: &Jid) -> Result<Option<Chat>, StoreError> {
    let key = key_of(db, session, chat).await?;
    let select = select(session).and_where(Expr::col("chat_ix").eq(key)).take();
    match db.one(&select).await? {
        Some(row) => read(db, session, &row).await.map(|row| Some(row.chat)),
        None => Ok(None),
    }
}

/// Somebody whom the network names by LID only, with the phone number if their chat tells it.
pub async fn completed(db: &impl Conn, session: &SessionId, party: &Party) -> Result<Party, StoreError> {
    if party.lid.is_none() || party.pn.is_some() {
        return Ok(party.clone());
    }
    let known = find(db, session, &party.jid).await?.map(|chat| chat.party);
    Ok(known.filter(|known| known.is_same_as(party)).unwrap_or_else(|| party.clone()))
}

/// A page of chats, the one last written in first.
pub async fn page(
    db: &impl Conn,
    session: &SessionId,
    filter: &ChatFilter,
    limit: u64,
) -> Result<Vec<ChatRow>, StoreError> {
    let mut page =
        select(session).order_by("last_at", Order::Desc).order_by("chat_ix", Order::Desc).limit(limit).take();
    if let Some(unread) = filter.unread {
        page.and_where(if unread { Expr::col("unread").gt(0i64) } else { Expr::col("unread").eq(0i64) });
    }
    for (column, wanted) in [("archived", filter.archived), ("pinned", filter.pinned)] {
        if let Some(wanted) = wanted {
            page.and_where(Expr::col(column).eq(i64::from(wanted)));
        }
    }
    if let Some(kind) = filter.kind {
        page.and_where(Expr::col("kind").eq(kind.as_str()));
    }
    if let Some(label) = &filter.label {
        page.and_where(labels::is_on(session, label));
    }
    if let Some((at, key)) = &filter.before {
        let at = at.millis();
        let tie = Expr::col("last_at").eq(at).and(Expr::col("chat_ix").lt(key.as_str()));
        page.and_where(Expr::col("last_at").lt(at).or(tie));
    }
    let mut chats = Vec::new();
    for row in db.all(&page).await? {
        chats.push(read(db, session, &row).await?);
    }
    Ok(chats)
}

/// How many chats of each session have something unread.
pub async fn unread_of_sessions(db: &impl Conn) -> Result<HashMap<SessionId, i64>, StoreError> {
    let select = unread_chats().column("session_id").group_by_col("session_id").to_owned();
    db.all(&select).await?.iter().map(|row| Ok((row.parse("session_id")?, row.get("chats")?))).collect()
}

/// How many chats of one session have something unread.
pub async fn unread(db: &impl Conn, session: &SessionId) -> Result<i64, StoreError> {
    let select = unread_chats().and_where(of(session)).to_owned();
    db.one(&select).await?.map_or(Ok(0), |row| row.get("chats"))
}

fn unread_chats() -> SelectStatement {
    let count = Expr::col("chat_ix").count();
    Query::select().expr_as(count, "chats").from("chats").and_where(Expr::col("unread").gt(0i64)).take()
}

pub(super) async fn read(db: &impl Conn, session: &SessionId, row: &Row) -> Result<ChatRow, StoreError> {
    let key: String = row.get("chat_ix")?;
    let Card { party, name, .. } = card(db, session, &key, row).await?;
    let flag = |column| Ok::<_, StoreError>(row.get::<i64>(column)? != 0);
    let chat = Chat {
        party,
        name,
        kind: word(row, "kind", ChatKind::parse)?,
        last_at: Some(row.time("last_at")?).filter(|at| at.millis() > 0),
        unread: u32::try_from(row.get::<i64>("unread")?).unwrap_or(0),
        archived: flag("archived")?,
        pinned: flag("pinned")?,
        muted: mute(row.get("muted_until")?),
    };
    Ok(ChatRow { key, chat })
}
