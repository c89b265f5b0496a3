//! The gateways that share this database: one row each, which says by the database's own clock when it was last alive,
//! and how much it runs. What of the wanted sessions nobody runs follows from the leases.

use std::{collections::HashMap, time::Duration};

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use switchboard_model::{Desired, SessionId};

use crate::{Conn, StoreError, Tx, leases};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRow {
    pub id: String,
    /// Where it takes forwarded requests.
    pub address: Option<String>,
    /// How many sessions it runs.
    pub sessions: i64,
}

/// A sign of life.
pub async fn beat(tx: &mut Tx, gateway: &GatewayRow) -> Result<(), StoreError> {
    let beat = Query::insert()
        .into_table("gateways")
        .columns(["id", "address", "sessions", "seen_at"])
        .values_panic([
            gateway.id.as_str().into(),
            gateway.address.clone().into(),
            gateway.sessions.into(),
            leases::now(tx),
        ])
        .on_conflict(OnConflict::column("id").update_columns(["address", "sessions", "seen_at"]).to_owned())
        .take();
    tx.execute(&beat).await.map(drop)
}

/// Those that have been alive within this time.
pub async fn living(db: &impl Conn, within: Duration) -> Result<Vec<GatewayRow>, StoreError> {
    let select = Query::select()
        .columns(["id", "address", "sessions"])
        .from("gateways")
        .and_where(Expr::col("seen_at").gte(leases::now(db).sub(leases::millis(within))))
        .take();
    let rows = db.all(&select).await?;
    let read = rows
        .iter()
        .map(|row| Ok(GatewayRow { id: row.get("id")?, address: row.get("address")?, sessions: row.get("sessions")? }));
    read.collect()
}

/// A gateway takes its leave.
pub async fn remove(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    let delete = Query::delete().from_table("gateways").and_where(Expr::col("id").eq(id)).take();
    tx.execute(&delete).await.map(drop)
}

/// Forgets those that have been silent for longer. Returns how many.
pub async fn prune(tx: &mut Tx, silent: Duration) -> Result<u64, StoreError> {
    let delete = Query::delete()
        .from_table("gateways")
        .and_where(Expr::col("seen_at").lt(leases::now(tx).sub(leases::millis(silent))))
        .take();
    tx.execute(&delete).await
}

/// Who holds which session, of the leases that have not run out.
pub async fn held(db: &impl Conn) -> Result<HashMap<SessionId, String>, StoreError> {
    let select = Query::select()
        .columns(["session_id", "holder"])
        .from("leases")
        .and_where(Expr::col("expires_at").gte(leases::now(db)))
        .take();
    db.all(&select).await?.iter().map(|row| Ok((row.parse("session_id")?, row.get("holder")?))).collect()
}

/// Whether some session is wanted, in a state from which it can be connected, and nobody runs it.
pub async fn any_abandoned(db: &impl Conn, terminal: &[&str]) -> Result<bool, StoreError> {
    let held = Query::select()
        .column("session_id")
        .from("leases")
        .and_where(Expr::col("expires_at").gte(leases::now(db)))
        .take();
    let select = Query::select()
        .column("id")
        .from("sessions")
        .and_where(Expr::col("desired").eq(Desired::Connected.as_str()))
        .and_where(Expr::col("state").is_not_in(terminal.iter().copied()))
        .and_where(Expr::col("id").not_in_subquery(held))
        .limit(1)
        .take();
    Ok(db.one(&select).await?.is_some())
}
