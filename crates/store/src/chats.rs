//! The chats of a session, as a list shows them. Who and what they are called is sealed; a chat is found by the blind
//! index that its messages are found by.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use serde::{Deserialize, Serialize};
use switchboard_model::{Chat, ChatKind, Content, Jid, Message, Mute, Party, SessionId, Timestamp};

use crate::{
    Conn, Row, StoreError, Tx, labels,
    messages::chat_index,
    one_person,
    vault::{Cell, Scope},
    webhooks::word,
};

const COLUMNS: [&str; 8] = ["chat_ix", "kind", "last_at", "unread", "archived", "pinned", "muted_until", "body"];
const FOREVER: i64 = -1;

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

/// What is sealed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Card {
    party: Party,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The name was given by this account, and no other replaces it.
    #[serde(default)]
    given: bool,
}

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
    let at = message.timestamp.millis();
    let newest = Expr::case(Expr::col("last_at").lt(at), at).finally(Expr::col("last_at"));
    let update = Query::update()
        .table("chats")
        .value("last_at", newest)
        .value("unread", Expr::col("unread").add(i64::from(!message.from_me)))
        .and_where(of(&message.session))
        .and_where(Expr::col("chat_ix").eq(key))
        .to_owned();
    Ok(tx.execute(&update).await? > 0)
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
        .to_owned();
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
        .to_owned();
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
        .to_owned();
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

pub async fn find(db: &impl Conn, session: &SessionId, chat: &Jid) -> Result<Option<Chat>, StoreError> {
    let key = key_of(db, session, chat).await?;
    let select = select(session).and_where(Expr::col("chat_ix").eq(key)).to_owned();
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
        select(session).order_by("last_at", Order::Desc).order_by("chat_ix", Order::Desc).limit(limit).to_owned();
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

/// Forgets the chats in which nothing was written since then. One that was only named or pinned stays.
pub async fn prune(tx: &mut Tx, session: &SessionId, before: Timestamp) -> Result<u64, StoreError> {
    let delete = Query::delete()
        .from_table("chats")
        .and_where(of(session))
        .and_where(Expr::col("last_at").gt(0i64))
        .and_where(Expr::col("last_at").lt(before.millis()))
        .to_owned();
    tx.execute(&delete).await
}

/// Forgets all chats.
pub async fn forget_all(tx: &mut Tx, session: &SessionId) -> Result<u64, StoreError> {
    tx.execute(&Query::delete().from_table("chats").and_where(of(session)).to_owned()).await
}

/// Makes the row if need be, and brings what is known of the other side up to date.
async fn learn(
    tx: &mut Tx,
    session: &SessionId,
    key: &str,
    party: &Party,
    kind: ChatKind,
    name: Option<(&str, bool)>,
) -> Result<(), StoreError> {
    let named = || (name.map(|(name, _)| name.to_owned()), name.is_some_and(|(_, given)| given));
    let select = select(session).and_where(Expr::col("chat_ix").eq(key)).to_owned();
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
        .to_owned();
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
    let under = |key: &str| select(session).and_where(Expr::col("chat_ix").eq(key)).to_owned();
    let Some(row) = tx.one(&under(from)).await? else { return Ok(()) };
    let (was, Card { name, given, .. }) = (read(tx, session, &row).await?.chat, card(tx, session, from, &row).await?);
    let gone = Expr::col("chat_ix").eq(from);
    tx.execute(&Query::delete().from_table("chats").and_where(of(session)).and_where(gone).to_owned()).await?;
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
async fn put_state(tx: &mut Tx, session: &SessionId, key: &str, chat: &Chat) -> Result<(), StoreError> {
    let update = Query::update()
        .table("chats")
        .value("last_at", chat.last_at.map_or(0, Timestamp::millis))
        .value("unread", i64::from(chat.unread))
        .value("archived", i64::from(chat.archived))
        .value("pinned", i64::from(chat.pinned))
        .value("muted_until", millis(chat.muted))
        .and_where(of(session))
        .and_where(Expr::col("chat_ix").eq(key))
        .to_owned();
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
        .to_owned();
    tx.insert_new(&mut insert, &["session_id", "chat_ix"]).await.map(drop)
}

async fn read(db: &impl Conn, session: &SessionId, row: &Row) -> Result<ChatRow, StoreError> {
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

async fn card(db: &impl Conn, session: &SessionId, key: &str, row: &Row) -> Result<Card, StoreError> {
    let body = db.open(cell(session, key), &row.get::<Vec<u8>>("body")?).await?;
    serde_json::from_slice(&body).map_err(StoreError::corrupt)
}

async fn seal(tx: &mut Tx, session: &SessionId, key: &str, card: &Card) -> Result<Vec<u8>, StoreError> {
    let body = serde_json::to_vec(card).map_err(StoreError::corrupt)?;
    tx.seal(cell(session, key), &body).await
}

fn mute(until: i64) -> Mute {
    match until {
        0 => Mute::Off,
        FOREVER => Mute::Forever,
        millis => Mute::Until(Timestamp::from_millis(millis)),
    }
}

fn millis(mute: Mute) -> i64 {
    match mute {
        Mute::Off => 0,
        Mute::Until(end) => Ord::max(end.millis(), 1),
        Mute::Forever => FOREVER,
    }
}

async fn key_of(db: &impl Conn, session: &SessionId, chat: &Jid) -> Result<String, StoreError> {
    chat_index(db, session, &chat.to_string()).await
}

fn select(session: &SessionId) -> SelectStatement {
    Query::select().columns(COLUMNS).from("chats").and_where(of(session)).take()
}

fn of(session: &SessionId) -> SimpleExpr {
    Expr::col("session_id").eq(session.as_str())
}

fn cell<'a>(session: &'a SessionId, key: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: "chats", column: "body", row: key }
}
