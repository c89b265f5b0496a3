//! Pieces of a phone's past, as they came, sealed, and how far each was imported. A piece goes when it is done.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use switchboard_model::SessionId;
use uuid::Uuid;

use crate::{
    Conn, StoreError, Tx,
    vault::{Cell, Scope},
};

const TABLE: &str = "history_pieces";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceRow {
    pub id: String,
    /// In the phone's word for it.
    pub kind: String,
    /// How much of the whole past there is with this piece, in percent.
    pub progress: u32,
    pub done: Done,
    pub body: Vec<u8>,
}

/// How far a piece was imported: so many chats of it, and of the next one so many messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    pub chats: u64,
    pub messages: u64,
}

pub async fn insert(
    tx: &mut Tx,
    session: &SessionId,
    kind: &str,
    progress: u32,
    body: &[u8],
) -> Result<(), StoreError> {
    let id = Uuid::now_v7().to_string();
    let sealed = tx.seal(cell(session, &id), body).await?;
    let insert = Query::insert()
        .into_table(TABLE)
        .columns(["session_id", "id", "kind", "progress", "chats", "messages", "body"])
        .values_panic([
            session.as_str().into(),
            id.into(),
            kind.into(),
            i64::from(progress).into(),
            0i64.into(),
            0i64.into(),
            sealed.into(),
        ])
        .take();
    tx.execute(&insert).await.map(drop)
}

/// The piece that came first of those that are left.
pub async fn next(db: &impl Conn, session: &SessionId) -> Result<Option<PieceRow>, StoreError> {
    let select = Query::select()
        .columns(["id", "kind", "progress", "chats", "messages", "body"])
        .from(TABLE)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .order_by("id", Order::Asc)
        .limit(1)
        .take();
    let Some(row) = db.one(&select).await? else { return Ok(None) };
    let id: String = row.get("id")?;
    let body = db.open(cell(session, &id), &row.get::<Vec<u8>>("body")?).await?;
    let count = |column| Ok::<_, StoreError>(u64::try_from(row.get::<i64>(column)?).unwrap_or(0));
    let done = Done { chats: count("chats")?, messages: count("messages")? };
    let progress = u32::try_from(row.get::<i64>("progress")?).unwrap_or(0);
    Ok(Some(PieceRow { kind: row.get("kind")?, progress, done, body, id }))
}

/// The sessions that have anything left to import.
pub async fn waiting(db: &impl Conn) -> Result<Vec<SessionId>, StoreError> {
    let select = Query::select().distinct().column("session_id").from(TABLE).take();
    db.all(&select).await?.iter().map(|row| row.parse("session_id")).collect()
}

pub async fn set_done(tx: &mut Tx, session: &SessionId, id: &str, done: Done) -> Result<(), StoreError> {
    let update = Query::update()
        .table(TABLE)
        .value("chats", i64::try_from(done.chats).unwrap_or(i64::MAX))
        .value("messages", i64::try_from(done.messages).unwrap_or(i64::MAX))
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("id").eq(id))
        .take();
    tx.execute(&update).await.map(drop)
}

/// Tells whether it was there still: whoever removes it has finished it.
pub async fn remove(tx: &mut Tx, session: &SessionId, id: &str) -> Result<bool, StoreError> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("id").eq(id))
        .take();
    Ok(tx.execute(&delete).await? > 0)
}

/// Forgets every piece that is not done.
pub async fn forget(tx: &mut Tx, session: &SessionId) -> Result<(), StoreError> {
    let delete = Query::delete().from_table(TABLE).and_where(Expr::col("session_id").eq(session.as_str())).take();
    tx.execute(&delete).await.map(drop)
}

/// Whether a piece is still to be imported.
pub async fn is_left(db: &impl Conn, session: &SessionId, id: &str) -> Result<bool, StoreError> {
    let select = Query::select()
        .column("id")
        .from(TABLE)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("id").eq(id))
        .take();
    Ok(db.one(&select).await?.is_some())
}

fn cell<'a>(session: &'a SessionId, id: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: TABLE, column: "body", row: id }
}
