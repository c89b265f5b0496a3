//! How the network treats each account, sealed; only the end of a limit is readable, to be found when it comes.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use switchboard_model::{Health, SessionId, Timestamp};

use crate::{
    Conn, StoreError, Tx,
    vault::{Cell, Scope},
};

const TABLE: &str = "session_health";

/// Good for an account that the network never complained about.
pub async fn get(db: &impl Conn, session: &SessionId) -> Result<Health, StoreError> {
    let select =
        Query::select().column("body").from(TABLE).and_where(Expr::col("session_id").eq(session.as_str())).take();
    let Some(row) = db.one(&select).await? else { return Ok(Health::default()) };
    let body = db.open(cell(session), &row.get::<Vec<u8>>("body")?).await?;
    serde_json::from_slice(&body).map_err(StoreError::corrupt)
}

pub async fn put(tx: &mut Tx, session: &SessionId, health: &Health) -> Result<(), StoreError> {
    let body = serde_json::to_vec(health).map_err(StoreError::corrupt)?;
    let sealed = tx.seal(cell(session), &body).await?;
    let upsert = Query::insert()
        .into_table(TABLE)
        .columns(["session_id", "until_at", "body"])
        .values_panic([session.as_str().into(), health.until.map(Timestamp::millis).into(), sealed.into()])
        .on_conflict(OnConflict::column("session_id").update_columns(["until_at", "body"]).to_owned())
        .take();
    tx.execute(&upsert).await.map(drop)
}

/// Whose limit is over by now.
pub async fn due(db: &impl Conn, now: Timestamp) -> Result<Vec<SessionId>, StoreError> {
    let select = Query::select()
        .column("session_id")
        .from(TABLE)
        .and_where(Expr::col("until_at").lte(now.millis()))
        .limit(100)
        .take();
    db.all(&select).await?.iter().map(|row| row.parse("session_id")).collect()
}

fn cell(session: &SessionId) -> Cell<'_> {
    Cell { scope: Scope::Session(session), table: TABLE, column: "body", row: session.as_str() }
}
