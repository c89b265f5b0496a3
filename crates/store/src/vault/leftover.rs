//! Data keys of sessions that are gone. A key is needed for as long as the log still tells of its session; after that
//! it is forgotten, and with it every copy of what was sealed under it.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use switchboard_model::SessionId;

use super::Scope;
use crate::{Conn, Store, StoreError, Tx};

impl Store {
    /// Sessions that are deleted and forgotten, and whose data keys are left. Their keys are dropped from memory, here
    /// and in every process that asks.
    pub async fn leftover_keys(&self) -> Result<BTreeSet<SessionId>, StoreError> {
        let leftover = leftover(self.reader()).await?;
        for session in &leftover {
            self.vault().forget(&Scope::Session(session).name());
        }
        Ok(leftover)
    }

    /// Forgets these keys. Only of sessions that were left over for a while, so that no process remembers them: one
    /// that did would seal a new session of the same id under a key that is gone. Returns how many went.
    pub async fn forget_keys(&self, sessions: BTreeSet<SessionId>) -> Result<u64, StoreError> {
        self.write_bulk(move |tx| {
            let sessions = sessions.clone();
            Box::pin(async move { forget(tx, &sessions).await })
        })
        .await
    }
}

async fn leftover(db: &impl Conn) -> Result<BTreeSet<SessionId>, StoreError> {
    let keyed = Query::select().distinct().column("scope").from("data_keys").take();
    let there = Query::select().column("id").from("sessions").take();
    let rows = db.all(&keyed).await?;
    let scopes = rows.iter().map(|row| row.get::<String>("scope")).collect::<Result<Vec<_>, _>>()?;
    let mut left: BTreeSet<SessionId> =
        scopes.iter().filter_map(|scope| scope.strip_prefix("session:")?.parse().ok()).collect();
    for row in db.all(&there).await? {
        left.remove(&row.parse("id")?);
    }
    let mut forgotten = BTreeSet::new();
    for session in left {
        let told = Query::select()
            .column("pos")
            .from("events")
            .and_where(Expr::col("session_id").eq(session.as_str()))
            .limit(1)
            .take();
        if db.one(&told).await?.is_none() {
            forgotten.insert(session);
        }
    }
    Ok(forgotten)
}

/// Asked again in the transaction that forgets: somebody may have made one of them anew.
async fn forget(tx: &mut Tx, sessions: &BTreeSet<SessionId>) -> Result<u64, StoreError> {
    let scopes: Vec<String> =
        leftover(tx).await?.intersection(sessions).map(|session| Scope::Session(session).name()).collect();
    if scopes.is_empty() {
        return Ok(0);
    }
    tx.execute(&Query::delete().from_table("data_keys").and_where(Expr::col("scope").is_in(scopes)).take()).await
}
