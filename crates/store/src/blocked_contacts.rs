//! Contacts whose calls are rejected, sealed; found by either name.

use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use switchboard_model::{BlockedContact, Party, SessionId, Timestamp};

use crate::{
    Conn, Row, StoreError, Tx,
    contact_index::ContactIndex,
    vault::{Cell, Scope},
};

const TABLE: &str = "whatsapp_blocked_contacts";

/// How the network's own block list stands to a block of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkBlock {
    /// It has nothing to do with it.
    None,
    /// To be put on it.
    Wanted,
    Done,
    /// Our block is over; to be taken off it. The row waits for that alone.
    Lifting,
}

impl NetworkBlock {
    const ALL: [Self; 4] = [Self::None, Self::Wanted, Self::Done, Self::Lifting];

    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Wanted => "wanted",
            Self::Done => "done",
            Self::Lifting => "lifting",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct BlockedRow {
    pub session: SessionId,
    pub block: BlockedContact,
    pub network: NetworkBlock,
}

/// Writes a block, over the one with the same id if there is one.
pub async fn put(tx: &mut Tx, row: &BlockedRow) -> Result<(), StoreError> {
    remove(tx, &row.session, &row.block.id).await?;
    let BlockedRow { session, block, network } = row;
    let contact = ContactIndex::of(tx, session, &block.contact).await?;
    let body = serde_json::to_vec(block).map_err(StoreError::corrupt)?;
    let sealed = tx.seal(cell(session, &block.id), &body).await?;
    let insert = Query::insert()
        .into_table(TABLE)
        .columns(["session_id", "id", "pn_ix", "lid_ix", "network", "blocked_at", "expires_at", "body"])
        .values_panic([
            session.as_str().into(),
            block.id.as_str().into(),
            contact.pn.into(),
            contact.lid.into(),
            network.as_str().into(),
            block.blocked_at.millis().into(),
            block.expires_at.map(Timestamp::millis).into(),
            sealed.into(),
        ])
        .take();
    tx.execute(&insert).await.map(drop)
}

pub async fn remove(tx: &mut Tx, session: &SessionId, id: &str) -> Result<bool, StoreError> {
    let delete = Query::delete().from_table(TABLE).and_where(of(session)).and_where(Expr::col("id").eq(id)).take();
    Ok(tx.execute(&delete).await? > 0)
}

/// Moves on how the network stands to a row, unless somebody else did; tells whether it moved.
pub async fn set_network(tx: &mut Tx, row: &BlockedRow, to: NetworkBlock) -> Result<bool, StoreError> {
    let update = Query::update()
        .table(TABLE)
        .value("network", to.as_str())
        .and_where(of(&row.session))
        .and_where(Expr::col("id").eq(row.block.id.as_str()))
        .and_where(Expr::col("network").eq(row.network.as_str()))
        .take();
    Ok(tx.execute(&update).await? > 0)
}

/// A contact that is blocked anew need not be taken off the network's list first.
pub async fn forget_lifting(tx: &mut Tx, session: &SessionId, contact: &Party) -> Result<(), StoreError> {
    let contact = ContactIndex::of(tx, session, contact).await?;
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(of(session))
        .cond_where(contact.matches())
        .and_where(Expr::col("network").eq(NetworkBlock::Lifting.as_str()))
        .take();
    tx.execute(&delete).await.map(drop)
}

/// A block by its id, expired or not.
pub async fn find(db: &impl Conn, session: &SessionId, id: &str) -> Result<Option<BlockedRow>, StoreError> {
    let found = all(db, &blocks().and_where(of(session)).and_where(Expr::col("id").eq(id)).to_owned()).await?;
    Ok(found.into_iter().next())
}

/// Every block of a person: two if it was blocked under each of its names before they were known to be one.
pub async fn of_contact(db: &impl Conn, session: &SessionId, contact: &Party) -> Result<Vec<BlockedRow>, StoreError> {
    let contact = ContactIndex::of(db, session, contact).await?;
    all(db, &blocks().and_where(of(session)).cond_where(contact.matches()).to_owned()).await
}

/// A page of the blocks in force, newest first; `before` names the last one of the page before.
pub async fn page(
    db: &impl Conn,
    session: &SessionId,
    now: Timestamp,
    before: Option<&(Timestamp, String)>,
    limit: u64,
) -> Result<Vec<BlockedRow>, StoreError> {
    let lasting = Cond::any().add(Expr::col("expires_at").is_null()).add(Expr::col("expires_at").gt(now.millis()));
    let mut page = blocks().and_where(of(session)).cond_where(lasting).to_owned();
    page.order_by("blocked_at", Order::Desc).order_by("id", Order::Desc).limit(limit);
    if let Some((at, id)) = before {
        let tie = Expr::col("blocked_at").eq(at.millis()).and(Expr::col("id").lt(id.as_str()));
        page.and_where(Expr::col("blocked_at").lt(at.millis()).or(tie));
    }
    all(db, &page).await
}

/// Blocks of any session that are over.
pub async fn expired(db: &impl Conn, now: Timestamp, limit: u64) -> Result<Vec<BlockedRow>, StoreError> {
    let select = blocks().and_where(Expr::col("expires_at").lte(now.millis())).limit(limit).to_owned();
    all(db, &select).await
}

/// What the network is still to be told, about one session or all.
pub async fn untold(db: &impl Conn, session: Option<&SessionId>) -> Result<Vec<BlockedRow>, StoreError> {
    let waiting = [NetworkBlock::Wanted.as_str(), NetworkBlock::Lifting.as_str()];
    let mut select = rows().and_where(Expr::col("network").is_in(waiting)).to_owned();
    if let Some(session) = session {
        select.and_where(of(session));
    }
    all(db, &select).await
}

/// Rows that only wait to be taken off the network's list are no blocks.
fn blocks() -> SelectStatement {
    rows().and_where(Expr::col("network").ne(NetworkBlock::Lifting.as_str())).to_owned()
}

fn rows() -> SelectStatement {
    Query::select().columns(["session_id", "id", "network", "body"]).from(TABLE).take()
}

fn of(session: &SessionId) -> SimpleExpr {
    Expr::col("session_id").eq(session.as_str())
}

async fn all(db: &impl Conn, select: &SelectStatement) -> Result<Vec<BlockedRow>, StoreError> {
    let mut found = Vec::new();
    for row in db.all(select).await? {
        found.push(read(db, &row).await?);
    }
    Ok(found)
}

async fn read(db: &impl Conn, row: &Row) -> Result<BlockedRow, StoreError> {
    let (session, id): (SessionId, String) = (row.parse("session_id")?, row.get("id")?);
    let body = db.open(cell(&session, &id), &row.get::<Vec<u8>>("body")?).await?;
    let word: String = row.get("network")?;
    let network = NetworkBlock::ALL.into_iter().find(|network| network.as_str() == word);
    Ok(BlockedRow {
        block: serde_json::from_slice(&body).map_err(StoreError::corrupt)?,
        network: network.ok_or_else(|| StoreError::Corrupt(format!("column network holds `{word}`")))?,
        session,
    })
}

fn cell<'a>(session: &'a SessionId, id: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: TABLE, column: "body", row: id }
}
