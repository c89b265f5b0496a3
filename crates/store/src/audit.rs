//! Who did what, for people who have to know later.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use switchboard_model::Timestamp;
use uuid::Uuid;

use crate::{Conn, Row, StoreError, Tx};

const COLUMNS: [&str; 6] = ["id", "at", "actor", "action", "target", "detail"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub id: String,
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub target: String,
    pub detail: String,
}

/// An entry to be made.
#[derive(Clone, Debug)]
pub struct NewAudit {
    pub at: Timestamp,
    pub actor: String,
    /// ASCII words such as `key.revoke`.
    pub action: &'static str,
    pub target: String,
    pub detail: String,
}

pub async fn insert(tx: &mut Tx, entry: &NewAudit) -> Result<(), StoreError> {
    let insert = Query::insert()
        .into_table("audit")
        .columns(COLUMNS)
        .values_panic([
            Uuid::now_v7().to_string().into(),
            entry.at.millis().into(),
            entry.actor.as_str().into(),
            entry.action.into(),
            entry.target.as_str().into(),
            entry.detail.as_str().into(),
        ])
        .take();
    tx.execute(&insert).await.map(drop)
}

/// A page, newest first, older than the entry `before`.
pub async fn list(db: &impl Conn, before: Option<&str>, limit: u64) -> Result<Vec<AuditRow>, StoreError> {
    let mut page = Query::select().columns(COLUMNS).from("audit").order_by("id", Order::Desc).limit(limit).take();
    if let Some(id) = before {
        page.and_where(Expr::col("id").lt(id));
    }
    db.all(&page).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        id: row.get("id")?,
        at: row.time("at")?,
        actor: row.get("actor")?,
        action: row.get("action")?,
        target: row.get("target")?,
        detail: row.get("detail")?,
    })
}
