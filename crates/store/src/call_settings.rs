//! What a session does about calls, sealed: the reply is a text of the owner's.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use switchboard_model::{CallBlocking, SessionId};

use crate::{
    Conn, StoreError, Tx,
    vault::{Cell, Scope},
};

const TABLE: &str = "call_blocking_settings";

/// The defaults for a session that was never asked to do otherwise.
pub async fn get(db: &impl Conn, session: &SessionId) -> Result<CallBlocking, StoreError> {
    let select =
        Query::select().column("body").from(TABLE).and_where(Expr::col("session_id").eq(session.as_str())).take();
    let Some(row) = db.one(&select).await? else { return Ok(CallBlocking::default()) };
    let body = db.open(cell(session), &row.get::<Vec<u8>>("body")?).await?;
    serde_json::from_slice(&body).map_err(StoreError::corrupt)
}

pub async fn put(tx: &mut Tx, session: &SessionId, settings: &CallBlocking) -> Result<(), StoreError> {
    let body = serde_json::to_vec(settings).map_err(StoreError::corrupt)?;
    let sealed = tx.seal(cell(session), &body).await?;
    let upsert = Query::insert()
        .into_table(TABLE)
        .columns(["session_id", "body"])
        .values_panic([session.as_str().into(), sealed.into()])
        .on_conflict(OnConflict::column("session_id").update_column("body").to_owned())
        .take();
    tx.execute(&upsert).await.map(drop)
}

fn cell(session: &SessionId) -> Cell<'_> {
    Cell { scope: Scope::Session(session), table: TABLE, column: "body", row: session.as_str() }
}
