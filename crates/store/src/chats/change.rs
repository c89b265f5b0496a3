//! What happens in a chat, and what is decided about it.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use switchboard_model::{Chat, ChatKind, Content, Jid, Message, Mute, Party, SessionId, Timestamp};

use super::{
    card::{learn, put_state},
    find, key_of, of,
};
use crate::{
    Conn, StoreError, Tx,
    fixed::{Fixed, hole},
};

/// What is to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ChatChange {
    pub unread: Option<u32>,
    pub archived: Option<bool>,
    pub pinned: Option<bool>,
    pub muted: Option<Mute>,
}

/// A message was written in its chat. What is about an earlier message moves nothing.
pub async fn written(tx: &mut Tx, message: &Message) -> Result<(), StoreError> {
    let Some(kind) = ChatKind::of(&message.chat.jid).filter(|_| message.content.target().is_none()) else {
        return Ok(());
    };
    let key = key_of(tx, &message.session, &message.chat.jid).await?;
    let named = message.push_name.as_deref().filter(|_| kind == ChatKind::Person && !message.from_me);
    let tells_nothing = named.is_none() && (message.chat.pn.is_none() || message.chat.lid.is_none());
    if tells_nothing && moved(tx, &key, message).await? {
        return Ok(());
    }
    learn(tx, &message.session, &key, &message.chat, kind, named.map(|name| (name, false))).await?;
    moved(tx, &key, message).await.map(drop)
}

/// Tells whether the chat is there.
async fn moved(tx: &mut Tx, key: &str, message: &Message) -> Result<bool, StoreError> {
    static MOVE: Fixed = Fixed::new(|dialect| {
        let newest = Expr::case(Expr::col("last_at").lt(hole()), hole()).finally(Expr::col("last_at"));
        let update = Query::update()
            .table("chats")
            .value("last_at", newest)
            .value("unread", Expr::col("unread").add(hole()))
            .and_where(Expr::col("session_id").eq(hole()))
            .and_where(Expr::col("chat_ix").eq(hole()))
            .take();
        dialect.build(&update)
    });
    let (at, unread) = (message.timestamp.millis(), i64::from(!message.from_me));
    let values = [at.into(), at.into(), unread.into(), message.session.as_str().into(), key.into()];
    Ok(tx.execute_raw(MOVE.with(tx.dialect(), values)).await? > 0)
}

/// There was a chat before anybody listened, last written in at that time.
pub async fn existed(tx: &mut Tx, session: &SessionId, party: &Party, last_at: Timestamp) -> Result<(), StoreError> {
    let Some(kind) = ChatKind::of(&party.jid) else { return Ok(()) };
    let key = key_of(tx, session, &party.jid).await?;
    learn(tx, session, &key, party, kind, None).await?;
    let update = Query::update()
        .table("chats")
        .value("last_at", last_at.millis())
        .and_where(of(session))
        .and_where(Expr::col("chat_ix").eq(key))
        .and_where(Expr::col("last_at").lt(last_at.millis()))
        .take();
    tx.execute(&update).await.map(drop)
}

/// What a chat is called: by itself, or, `given`, by this account. A person's name alone makes no chat: whole address
/// books come this way.
pub async fn named(tx: &mut Tx, session: &SessionId, party: &Party, name: &str, given: bool) -> Result<(), StoreError> {
    let Some(kind) = ChatKind::of(&party.jid) else { return Ok(()) };
    if kind == ChatKind::Person && find(tx, session, &party.jid).await?.is_none() {
        return Ok(());
    }
    let key = key_of(tx, session, &party.jid).await?;
    learn(tx, session, &key, party, kind, Some((name, given))).await
}

/// Everything up to a time was read; returns the chat if that changed anything. Reading never makes more unread.
pub async fn read_until(
    tx: &mut Tx,
    session: &SessionId,
    chat: &Jid,
    at: Timestamp,
) -> Result<Option<Chat>, StoreError> {
    let key = key_of(tx, session, chat).await?;
    let left = unread_after(tx, session, &key, at).await?;
    let update = Query::update()
        .table("chats")
        .value("unread", left)
        .and_where(of(session))
        .and_where(Expr::col("chat_ix").eq(key))
        .and_where(Expr::col("unread").gt(left))
        .take();
    if tx.execute(&update).await? == 0 { Ok(None) } else { find(tx, session, chat).await }
}

async fn unread_after(tx: &mut Tx, session: &SessionId, key: &str, at: Timestamp) -> Result<i64, StoreError> {
    let select = Query::select()
        .expr_as(Expr::col("id").count(), "many")
        .from("messages")
        .and_where(of(session))
        .and_where(Expr::col("chat_ix").eq(key))
        .and_where(Expr::col("at").gt(at.millis()))
        .and_where(Expr::col("from_me").eq(0i64))
        .and_where(Expr::col("kind").is_not_in(Content::ABOUT_OTHERS))
        .take();
    tx.one(&select).await?.map_or(Ok(0), |row| row.get("many"))
}

/// Changes a chat, made if it is not there yet; returns it if anything is different now.
pub async fn change(
    tx: &mut Tx,
    session: &SessionId,
    party: &Party,
    change: &ChatChange,
) -> Result<Option<Chat>, StoreError> {
    let Some(kind) = ChatKind::of(&party.jid) else { return Ok(None) };
    let key = key_of(tx, session, &party.jid).await?;
    learn(tx, session, &key, party, kind, None).await?;
    let Some(was) = find(tx, session, &party.jid).await? else { return Ok(None) };
    let chat = change.clone().onto(was.clone());
    if chat == was {
        return Ok(None);
    }
    put_state(tx, session, &key, &chat).await?;
    Ok(Some(chat))
}

impl ChatChange {
    fn onto(self, was: Chat) -> Chat {
        Chat {
            unread: self.unread.unwrap_or(was.unread),
            archived: self.archived.unwrap_or(was.archived),
            pinned: self.pinned.unwrap_or(was.pinned),
            muted: self.muted.unwrap_or(was.muted),
            ..was
        }
    }
}

/// Forgets the chats in which nothing was written since then. One that was only named or pinned stays.
pub async fn prune(tx: &mut Tx, session: &SessionId, before: Timestamp) -> Result<u64, StoreError> {
    let delete = Query::delete()
        .from_table("chats")
        .and_where(of(session))
        .and_where(Expr::col("last_at").gt(0i64))
        .and_where(Expr::col("last_at").lt(before.millis()))
        .take();
    tx.execute(&delete).await
}

/// Forgets all chats.
pub async fn forget_all(tx: &mut Tx, session: &SessionId) -> Result<u64, StoreError> {
    tx.execute(&Query::delete().from_table("chats").and_where(of(session)).take()).await
}
