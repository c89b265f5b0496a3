//! Who a chat is with, what is known of that, and two chats that turn out to be one.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use switchboard_model::{Chat, ChatKind, Mute, Party, SessionId, Timestamp};

use super::{COLUMNS, Card, cell, millis, of, read::read, select};
use crate::{Conn, Row, StoreError, Tx, one_person};

/// Makes the row if need be, and brings what is known of the other side up to date.
pub(super) async fn learn(
    tx: &mut Tx,
    session: &SessionId,
    key: &str,
    party: &Party,
    kind: ChatKind,
    name: Option<(&str, bool)>,
) -> Result<(), StoreError> {
    let named = || (name.map(|(name, _)| name.to_owned()), name.is_some_and(|(_, given)| given));
    let select = select(session).and_where(Expr::col("chat_ix").eq(key)).take();
    let mut row = tx.one(&select).await?;
    if party.pn.is_some() && party.lid.is_some() && !knows_lid(tx, session, key, row.as_ref()).await? {
        one_person::unite(tx, session, party).await?;
        row = tx.one(&select).await?;
    }
    let Some(row) = row else {
        let (name, given) = named();
        return insert(tx, session, key, kind, &Card { party: party.clone(), name, given }).await;
    };
    let was = card(tx, session, key, &row).await?;
    let mut card = was.clone();
    card.party.pn = card.party.pn.or_else(|| party.pn.clone());
    card.party.lid = card.party.lid.or_else(|| party.lid.clone());
    if name.is_some_and(|(_, given)| given || !card.given) {
        (card.name, card.given) = named();
    }
    if card == was {
        return Ok(());
    }
    let sealed = seal(tx, session, key, &card).await?;
    let update = Query::update()
        .table("chats")
        .value("body", sealed)
        .and_where(of(session))
        .and_where(Expr::col("chat_ix").eq(key))
        .take();
    tx.execute(&update).await.map(drop)
}

async fn knows_lid(tx: &mut Tx, session: &SessionId, key: &str, row: Option<&Row>) -> Result<bool, StoreError> {
    match row {
        Some(row) => Ok(card(tx, session, key, row).await?.party.lid.is_some()),
        None => Ok(false),
    }
}

/// The chat under one key goes on under another, with that one if it is there already.
pub(crate) async fn absorb(
    tx: &mut Tx,
    session: &SessionId,
    from: &str,
    to: &str,
    party: &Party,
) -> Result<(), StoreError> {
    let under = |key: &str| select(session).and_where(Expr::col("chat_ix").eq(key)).take();
    let Some(row) = tx.one(&under(from)).await? else { return Ok(()) };
    let (was, Card { name, given, .. }) = (read(tx, session, &row).await?.chat, card(tx, session, from, &row).await?);
    let gone = Expr::col("chat_ix").eq(from);
    tx.execute(&Query::delete().from_table("chats").and_where(of(session)).and_where(gone).take()).await?;
    let Some(row) = tx.one(&under(to)).await? else {
        insert(tx, session, to, was.kind, &Card { party: party.clone(), name, given }).await?;
        return put_state(tx, session, to, &was).await;
    };
    let there = read(tx, session, &row).await?.chat;
    let both = Chat {
        last_at: Ord::max(was.last_at, there.last_at),
        unread: was.unread.saturating_add(there.unread),
        archived: was.archived && there.archived,
        pinned: was.pinned || there.pinned,
        muted: if there.muted == Mute::Off { was.muted } else { there.muted },
        ..there
    };
    put_state(tx, session, to, &both).await
}

/// The row of this key says what the chat is, but for its name.
pub(super) async fn put_state(tx: &mut Tx, session: &SessionId, key: &str, chat: &Chat) -> Result<(), StoreError> {
    let update = Query::update()
        .table("chats")
        .value("last_at", chat.last_at.map_or(0, Timestamp::millis))
        .value("unread", i64::from(chat.unread))
        .value("archived", i64::from(chat.archived))
        .value("pinned", i64::from(chat.pinned))
        .value("muted_until", millis(chat.muted))
        .and_where(of(session))
        .and_where(Expr::col("chat_ix").eq(key))
        .take();
    tx.execute(&update).await.map(drop)
}

/// Another gateway may make the same one at this moment; either will do.
async fn insert(tx: &mut Tx, session: &SessionId, key: &str, kind: ChatKind, card: &Card) -> Result<(), StoreError> {
    let sealed = seal(tx, session, key, card).await?;
    let mut columns = vec!["session_id"];
    columns.extend(COLUMNS);
    let mut insert = Query::insert()
        .into_table("chats")
        .columns(columns)
        .values_panic([
            session.as_str().into(),
            key.into(),
            kind.as_str().into(),
            0i64.into(),
            0i64.into(),
            0i64.into(),
            0i64.into(),
            0i64.into(),
            sealed.into(),
        ])
        .take();
    tx.insert_new(&mut insert, &["session_id", "chat_ix"]).await.map(drop)
}

pub(super) async fn card(db: &impl Conn, session: &SessionId, key: &str, row: &Row) -> Result<Card, StoreError> {
    let body = db.open(cell(session, key), &row.get::<Vec<u8>>("body")?).await?;
    serde_json::from_slice(&body).map_err(StoreError::corrupt)
}

async fn seal(tx: &mut Tx, session: &SessionId, key: &str, card: &Card) -> Result<Vec<u8>, StoreError> {
    let body = serde_json::to_vec(card).map_err(StoreError::corrupt)?;
    tx.seal(cell(session, key), &body).await
}
