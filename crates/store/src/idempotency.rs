//! Requests already carried out, by the key their sender gave them.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use switchboard_model::{MessageId, SessionId, Timestamp};

use crate::{Conn, StoreError, Tx};

/// What a key was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// A hash of the request, to tell a repetition from a different request under the same key.
    pub fingerprint: String,
    pub message: MessageId,
    pub at: Timestamp,
}

/// Remembers a key unless it is known; returns what it was used for before.
pub async fn remember(
    tx: &mut Tx,
    session: &SessionId,
    key_hash: &str,
    used: &Used,
) -> Result<Option<Used>, StoreError> {
    if let Some(before) = find(tx, session, key_hash).await? {
        return Ok(Some(before));
    }
    let insert = Query::insert()
        .into_table("idempotency")
        .columns(["session_id", "key_hash", "fingerprint", "message_id", "at"])
        .values_panic([
            session.as_str().into(),
            key_hash.into(),
            used.fingerprint.as_str().into(),
            used.message.0.as_str().into(),
            used.at.millis().into(),
        ])
        .take();
    tx.execute(&insert).await.map(|_| None)
}

pub async fn find(db: &impl Conn, session: &SessionId, key_hash: &str) -> Result<Option<Used>, StoreError> {
    let select = Query::select()
        .columns(["fingerprint", "message_id", "at"])
        .from("idempotency")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("key_hash").eq(key_hash))
        .take();
    let Some(row) = db.one(&select).await? else { return Ok(None) };
    let message = MessageId(row.get("message_id")?);
    Ok(Some(Used { fingerprint: row.get("fingerprint")?, message, at: row.time("at")? }))
}

pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    let delete = Query::delete().from_table("idempotency").and_where(Expr::col("at").lt(before.millis())).take();
    tx.execute(&delete).await
}
