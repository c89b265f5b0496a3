//! One chat for each person. The network names people by phone number and by a hidden identity (LID), and a chat may be
//! known by either first. Once both are known, what lies under the LID moves to the phone number, and from then on the
//! LID's index leads there ([`main_index`]).

use sea_orm::sea_query::{Cond, Expr, ExprTrait, Query, SimpleExpr};
use switchboard_model::{Jid, Party, SessionId};

use crate::{
    Conn, StoreError, Tx, chats,
    messages::{self, row_key},
    vault::{Scope, blind_index},
};

const NAMES: &str = "chat_names";

/// What finds the rows of an address, by itself.
pub(crate) async fn own_index(db: &impl Conn, session: &SessionId, jid: &str) -> Result<String, StoreError> {
    blind_index(db, Scope::Session(session), "party", jid).await
}

/// Where the rows of a LID are: under the phone number once that is known.
pub(crate) async fn main_index(db: &impl Conn, session: &SessionId, of_lid: String) -> Result<String, StoreError> {
    let select = Query::select()
        .column("chat_ix")
        .from(NAMES)
        .and_where(of(session))
        .and_where(Expr::col("lid_ix").eq(of_lid.as_str()))
        .take();
    db.one(&select).await?.map_or(Ok(of_lid), |row| row.get("chat_ix"))
}

/// Both names of a person are known: whatever was stored under the LID belongs to the phone number.
pub(crate) async fn unite(tx: &mut Tx, session: &SessionId, person: &Party) -> Result<(), StoreError> {
    let (Some(pn), Some(lid)) = (person.pn.clone(), person.lid.clone()) else { return Ok(()) };
    let from = own_index(tx, session, &Jid::Lid(lid).to_string()).await?;
    let to = own_index(tx, session, &Jid::Phone(pn).to_string()).await?;
    let mut name = Query::insert()
        .into_table(NAMES)
        .columns(["session_id", "lid_ix", "chat_ix"])
        .values_panic([session.as_str().into(), from.as_str().into(), to.as_str().into()])
        .take();
    if !tx.insert_new(&mut name, &["session_id", "lid_ix"]).await? {
        return Ok(());
    }
    move_messages(tx, session, &from, &to, person).await?;
    let queued = Query::update()
        .table("outbox")
        .value("chat_ix", to.as_str())
        .and_where(of(session))
        .and_where(Expr::col("chat_ix").eq(from.as_str()))
        .take();
    tx.execute(&queued).await?;
    move_labels(tx, session, &from, &to).await?;
    chats::absorb(tx, session, &from, &to, person).await
}

/// A message is sealed for its place, so each is sealed anew.
async fn move_messages(
    tx: &mut Tx,
    session: &SessionId,
    from: &str,
    to: &str,
    person: &Party,
) -> Result<(), StoreError> {
    let under_lid = Cond::any().add(Expr::col("chat_ix").eq(from)).add(Expr::col("sender_ix").eq(from));
    let select =
        Query::select().columns(messages::COLUMNS).from("messages").and_where(of(session)).cond_where(under_lid).take();
    for row in tx.all(&select).await? {
        let mut message = messages::read(tx, session, &row).await?.message;
        for party in [&mut message.chat, &mut message.sender] {
            if party.is_same_as(person) {
                *party = person.clone();
            }
        }
        let moved = |index: String| if index == from { to.to_owned() } else { index };
        let (chat, sender): (String, String) = (row.get("chat_ix")?, row.get("sender_ix")?);
        let (new_chat, new_sender) = (moved(chat.clone()), moved(sender.clone()));
        let at = |chat: &str, sender: &str| {
            Cond::all()
                .add(of(session))
                .add(Expr::col("chat_ix").eq(chat))
                .add(Expr::col("sender_ix").eq(sender))
                .add(Expr::col("id").eq(message.id.0.as_str()))
        };
        // It may have come under both names.
        let there = Query::select().column("id").from("messages").cond_where(at(&new_chat, &new_sender)).take();
        if tx.one(&there).await?.is_some() {
            tx.execute(&Query::delete().from_table("messages").cond_where(at(&chat, &sender)).take()).await?;
            continue;
        }
        let key = row_key(&new_chat, &new_sender, &message.id);
        let sealed = messages::seal(tx, &message, &key).await?;
        let update = Query::update()
            .table("messages")
            .value("chat_ix", new_chat)
            .value("sender_ix", new_sender)
            .value("body", sealed)
            .cond_where(at(&chat, &sender))
            .take();
        tx.execute(&update).await?;
    }
    Ok(())
}

async fn move_labels(tx: &mut Tx, session: &SessionId, from: &str, to: &str) -> Result<(), StoreError> {
    let under_lid = || Cond::all().add(of(session)).add(Expr::col("chat_ix").eq(from));
    let select = Query::select().column("label_id").from("chat_labels").cond_where(under_lid()).take();
    for row in tx.all(&select).await? {
        let mut insert = Query::insert()
            .into_table("chat_labels")
            .columns(["session_id", "chat_ix", "label_id"])
            .values_panic([session.as_str().into(), to.into(), row.get::<String>("label_id")?.into()])
            .take();
        tx.insert_new(&mut insert, &["session_id", "chat_ix", "label_id"]).await?;
    }
    tx.execute(&Query::delete().from_table("chat_labels").cond_where(under_lid()).take()).await.map(drop)
}

fn of(session: &SessionId) -> SimpleExpr {
    Expr::col("session_id").eq(session.as_str())
}
