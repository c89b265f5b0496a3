//! Whose the sessions were that are deleted, and where the log tells of it: nothing else knows them any more. Kept for as
//! long as those events are.

use std::ops::Range;

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use switchboard_model::{Origin, Session, SessionId, UserId};

use crate::{Conn, StoreError, Tx};

const TABLE: &str = "deletions";

/// Which deletions; what is absent does not restrict them.
#[derive(Clone, Debug, Default)]
pub struct DeletionFilter {
    pub session: Option<SessionId>,
    pub owner: Option<UserId>,
    pub origin: Option<Origin>,
}

/// The event at this position tells of the end of this session, and is all that is left of it.
pub async fn insert(tx: &mut Tx, pos: i64, session: &Session) -> Result<(), StoreError> {
    let of_session = Expr::col("session_id").eq(session.id.as_str());
    tx.execute(&Query::delete().from_table(TABLE).and_where(of_session).take()).await?;
    let insert = Query::insert()
        .into_table(TABLE)
        .columns(["pos", "session_id", "owner_id", "origin"])
        .values_panic([pos.into(), session.id.as_str().into(), session.owner.0.into(), session.origin.as_str().into()])
        .take();
    tx.execute(&insert).await.map(drop)
}

/// Where the log tells of them, within these positions; the newest if there are more than `limit`.
pub async fn positions(
    db: &impl Conn,
    filter: &DeletionFilter,
    within: Range<i64>,
    limit: u64,
) -> Result<Vec<i64>, StoreError> {
    let mut select = Query::select().column("pos").from(TABLE).order_by("pos", Order::Desc).limit(limit).take();
    select.and_where(Expr::col("pos").gte(within.start)).and_where(Expr::col("pos").lt(within.end));
    if let Some(session) = &filter.session {
        select.and_where(Expr::col("session_id").eq(session.as_str()));
    }
    if let Some(owner) = filter.owner {
        select.and_where(Expr::col("owner_id").eq(owner.0));
    }
    if let Some(origin) = filter.origin {
        select.and_where(Expr::col("origin").eq(origin.as_str()));
    }
    db.all(&select).await?.iter().map(|row| row.get("pos")).collect()
}

/// Forgets those whose events are forgotten, up to this position.
pub async fn prune(tx: &mut Tx, upto: i64) -> Result<u64, StoreError> {
    tx.execute(&Query::delete().from_table(TABLE).and_where(Expr::col("pos").lte(upto)).take()).await
}
