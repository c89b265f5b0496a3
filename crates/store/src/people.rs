//! Erasing what is stored about one person, across the tables. Each function is one part, and may be repeated.

use sea_orm::sea_query::{Cond, Expr, ExprTrait, Query, SimpleExpr};
use switchboard_model::{Jid, Party, SessionId};

use crate::{Conn, StoreError, Tx, contact_index::ContactIndex, log, messages::chat_index, number_checks};

/// How many rows went from each of the small tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErasedRows {
    pub chats: u64,
    pub queued: u64,
    pub calls: u64,
    pub blocks: u64,
    pub number_checks: u64,
}

/// Everything but messages and events. What waits to be sent to the person is not sent any more.
pub async fn erase_rows(tx: &mut Tx, session: &SessionId, person: &Party) -> Result<ErasedRows, StoreError> {
    let chats = chat_keys(tx, session, person).await?;
    let of_chat = || Cond::all().add(Expr::col("chat_ix").is_in(chats.clone()));
    let contact = ContactIndex::of(tx, session, person).await?;
    erase(tx, "chat_labels", session, of_chat()).await?;
    let mut erased = ErasedRows {
        chats: erase(tx, "chats", session, of_chat()).await?,
        queued: erase(tx, "outbox", session, of_chat()).await?,
        calls: erase(tx, "whatsapp_calls", session, contact.matches()).await?,
        blocks: erase(tx, "whatsapp_blocked_contacts", session, contact.matches()).await?,
        number_checks: 0,
    };
    if let Some(phone) = &person.pn {
        erased.number_checks = number_checks::forget(tx, session, phone).await?;
    }
    Ok(erased)
}

/// Up to `limit` messages of the chat with the person, or written by the person elsewhere; returns how many went.
pub async fn erase_messages(tx: &mut Tx, session: &SessionId, person: &Party, limit: u64) -> Result<u64, StoreError> {
    let keys = chat_keys(tx, session, person).await?;
    let is_theirs = |column: &'static str| Expr::col(column).is_in(keys.clone());
    let theirs = || Cond::any().add(is_theirs("chat_ix")).add(is_theirs("sender_ix"));
    let select =
        Query::select().column("id").from("messages").and_where(of(session)).cond_where(theirs()).limit(limit).take();
    let rows = tx.all(&select).await?;
    let ids = rows.iter().map(|row| row.get::<String>("id")).collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Ok(0);
    }
    erase(tx, "idempotency", session, Cond::all().add(Expr::col("message_id").is_in(ids.clone()))).await?;
    erase(tx, "messages", session, Cond::all().add(theirs()).add(Expr::col("id").is_in(ids))).await
}

/// These events of the session, with their deliveries, made or not; returns how many of each.
pub async fn erase_events(tx: &mut Tx, session: &SessionId, positions: &[i64]) -> Result<(u64, u64), StoreError> {
    log::write_waiting(tx).await?;
    let these = || Cond::all().add(Expr::col("pos").is_in(positions.iter().copied()));
    Ok((erase(tx, "events", session, these()).await?, erase(tx, "deliveries", session, these()).await?))
}

/// That the person's two names belong together: last of all, for the rest is found by it.
pub async fn erase_names(tx: &mut Tx, session: &SessionId, person: &Party) -> Result<u64, StoreError> {
    let keys = chat_keys(tx, session, person).await?;
    erase(tx, "chat_names", session, Cond::all().add(Expr::col("chat_ix").is_in(keys))).await
}

/// Every name that the person's chats and messages go by.
pub(crate) async fn chat_keys(db: &impl Conn, session: &SessionId, person: &Party) -> Result<Vec<String>, StoreError> {
    let names = [person.pn.clone().map(Jid::Phone), person.lid.clone().map(Jid::Lid)];
    let mut keys = Vec::new();
    for name in names.into_iter().flatten() {
        keys.push(chat_index(db, session, &name.to_string()).await?);
    }
    Ok(keys)
}

async fn erase(tx: &mut Tx, table: &'static str, session: &SessionId, which: Cond) -> Result<u64, StoreError> {
    tx.execute(&Query::delete().from_table(table).and_where(of(session)).cond_where(which).take()).await
}

fn of(session: &SessionId) -> SimpleExpr {
    Expr::col("session_id").eq(session.as_str())
}
