//! Labels, their names sealed, and the chats that they are on, by blind index.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement, SimpleExpr};
use switchboard_model::{Jid, Label, SessionId};

use crate::{
    Conn, Row, StoreError, Tx,
    messages::chat_index,
    vault::{Cell, Scope},
};

const LABELS: &str = "labels";
const ON_CHATS: &str = "chat_labels";

/// All labels, by their ids.
pub async fn list(db: &impl Conn, session: &SessionId) -> Result<Vec<Label>, StoreError> {
    let mut labels = Vec::new();
    for row in db.all(&select(session)).await? {
        labels.push(read(db, session, &row).await?);
    }
    Ok(labels)
}

pub async fn find(db: &impl Conn, session: &SessionId, id: &str) -> Result<Option<Label>, StoreError> {
    let select = select(session).and_where(Expr::col("label_id").eq(id)).take();
    match db.one(&select).await? {
        Some(row) => read(db, session, &row).await.map(Some),
        None => Ok(None),
    }
}

/// Tells whether anything is different now.
pub async fn put(tx: &mut Tx, session: &SessionId, label: &Label) -> Result<bool, StoreError> {
    if find(tx, session, &label.id).await?.as_ref() == Some(label) {
        return Ok(false);
    }
    let name = tx.seal(cell(session, &label.id), label.name.as_bytes()).await?;
    let upsert = Query::insert()
        .into_table(LABELS)
        .columns(["session_id", "label_id", "color", "name"])
        .values_panic([session.as_str().into(), label.id.as_str().into(), i64::from(label.color).into(), name.into()])
        .on_conflict(OnConflict::columns(["session_id", "label_id"]).update_columns(["color", "name"]).to_owned())
        .take();
    tx.execute(&upsert).await?;
    Ok(true)
}

/// Takes it off every chat too. Tells whether there was such a label.
pub async fn delete(tx: &mut Tx, session: &SessionId, id: &str) -> Result<bool, StoreError> {
    let mut gone = 0;
    for table in [ON_CHATS, LABELS] {
        let of_label = Expr::col("label_id").eq(id);
        gone = tx.execute(&Query::delete().from_table(table).and_where(of(session)).and_where(of_label).take()).await?;
    }
    Ok(gone > 0)
}

/// Puts a label on a chat, or takes it off; tells whether it was not so before.
pub async fn mark(
    tx: &mut Tx,
    session: &SessionId,
    chat: &Jid,
    label: &str,
    labeled: bool,
) -> Result<bool, StoreError> {
    let key = chat_index(tx, session, &chat.to_string()).await?;
    if labeled {
        let mut insert = Query::insert()
            .into_table(ON_CHATS)
            .columns(["session_id", "chat_ix", "label_id"])
            .values_panic([session.as_str().into(), key.into(), label.into()])
            .take();
        return tx.insert_new(&mut insert, &["session_id", "chat_ix", "label_id"]).await;
    }
    let delete = Query::delete()
        .from_table(ON_CHATS)
        .and_where(of(session))
        .and_where(Expr::col("chat_ix").eq(key))
        .and_where(Expr::col("label_id").eq(label))
        .take();
    Ok(tx.execute(&delete).await? > 0)
}

/// The labels on a chat, by their ids.
pub async fn of_chat(db: &impl Conn, session: &SessionId, chat: &Jid) -> Result<Vec<String>, StoreError> {
    let key = chat_index(db, session, &chat.to_string()).await?;
    let select = Query::select()
        .column("label_id")
        .from(ON_CHATS)
        .and_where(of(session))
        .and_where(Expr::col("chat_ix").eq(key))
        .order_by("label_id", Order::Asc)
        .take();
    db.all(&select).await?.iter().map(|row| row.get("label_id")).collect()
}

/// For a list of chats: those that a label is on.
pub(crate) fn is_on(session: &SessionId, label: &str) -> SimpleExpr {
    let chats = Query::select()
        .column("chat_ix")
        .from(ON_CHATS)
        .and_where(of(session))
        .and_where(Expr::col("label_id").eq(label))
        .take();
    Expr::col("chat_ix").in_subquery(chats)
}

async fn read(db: &impl Conn, session: &SessionId, row: &Row) -> Result<Label, StoreError> {
    let id: String = row.get("label_id")?;
    let name = db.open(cell(session, &id), &row.get::<Vec<u8>>("name")?).await?;
    let color = u32::try_from(row.get::<i64>("color")?).unwrap_or(0);
    Ok(Label { name: String::from_utf8(name).map_err(StoreError::corrupt)?, id, color })
}

fn select(session: &SessionId) -> SelectStatement {
    let columns = ["label_id", "color", "name"];
    let by_id = Order::Asc;
    Query::select().columns(columns).from(LABELS).and_where(of(session)).order_by("label_id", by_id).take()
}

fn of(session: &SessionId) -> SimpleExpr {
    Expr::col("session_id").eq(session.as_str())
}

fn cell<'a>(session: &'a SessionId, id: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: LABELS, column: "name", row: id }
}
