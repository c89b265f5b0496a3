//! The way from before the ids were hidden: sealed values under ids in clear, in a table of their own, moved at start.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection,
    sea_query::{Expr, ExprTrait, Query},
};
use switchboard_model::SessionId;

use super::{CHUNK, put};
use crate::{
    Conn, Dialect, Row, StoreError, Tx,
    transaction::Transaction,
    tx::TxState,
    vault::{Cell, Scope, Vault},
};

const OLD: &str = "auth_state";

/// Moves what is left in the old table, part by part; a start that is interrupted goes on the next time.
pub(crate) async fn hide_ids(db: &DatabaseConnection, vault: &Arc<Vault>) -> Result<(), StoreError> {
    let mut any = false;
    loop {
        let mut tx = Tx::new(Transaction::begin(db).await?, vault.clone(), TxState::default());
        let moved = move_some(&mut tx).await?;
        tx.db.commit().await?;
        if moved == 0 {
            return if any { wipe_traces(db).await } else { Ok(()) };
        }
        any = true;
    }
}

/// SQLite leaves deleted rows in its file until it is written anew. The servers see to that themselves.
async fn wipe_traces(db: &DatabaseConnection) -> Result<(), StoreError> {
    if db.get_database_backend() == Dialect::Sqlite {
        db.execute_unprepared("VACUUM").await?;
        db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    }
    Ok(())
}

async fn move_some(tx: &mut Tx) -> Result<usize, StoreError> {
    let columns = ["session_id", "key_name", "key_id", "key_value"];
    let select = Query::select().columns(columns).from(OLD).limit(CHUNK as u64).take();
    let rows = tx.all(&select).await?;
    for row in &rows {
        move_one(tx, row).await?;
    }
    Ok(rows.len())
}

async fn move_one(tx: &mut Tx, row: &Row) -> Result<(), StoreError> {
    let session: SessionId = row.parse("session_id")?;
    let (name, id): (String, String) = (row.get("key_name")?, row.get("key_id")?);
    let key = format!("{name}/{id}");
    let cell = Cell { scope: Scope::Session(&session), table: OLD, column: "key_value", row: &key };
    match tx.open(cell, &row.get::<Vec<u8>>("key_value")?).await {
        Ok(value) => put(tx, &session, &name, &id, &value).await?,
        // Not to be read before, and so not after: its session will say so.
        Err(StoreError::Sealed { .. }) => put(tx, &session, &name, &id, b"").await?,
        Err(error) => return Err(error),
    }
    let delete = Query::delete()
        .from_table(OLD)
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("key_name").eq(name))
        .and_where(Expr::col("key_id").eq(id))
        .take();
    tx.execute(&delete).await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use switchboard_model::{Desired, Origin, Session, SessionState, SystemClock, Timestamp, UserId};

    use super::*;
    use crate::{DatabaseUrl, MasterKey, Store, StoreOptions, auth_state, sessions, users};

    const ADDRESS: &str = "6281100000001@s.whatsapp.net.0";

    async fn open(path: &Path, key: &MasterKey) -> Store {
        let url = DatabaseUrl::sqlite_file(path);
        let clock = Arc::new(SystemClock);
        let options = StoreOptions { url, master_key: key.clone(), clock, read_connections: 1 };
        Store::open(options).await.unwrap()
    }

    fn id() -> SessionId {
        "a".parse().unwrap()
    }

    async fn session(tx: &mut Tx) -> Result<(), StoreError> {
        let at = Timestamp::default();
        let (username, password_hash, role) = ("o".to_owned(), "-".to_owned(), "admin".to_owned());
        users::insert(tx, &users::NewUser { username, password_hash, role, created_at: at }).await?;
        let session = Session {
            id: id(),
            name: "a".to_owned(),
            owner: UserId::ADMIN,
            origin: Origin::Native,
            desired: Desired::Disconnected,
            state: SessionState::Created,
            phone: None,
            lid: None,
            linked: true,
            created_at: at,
            updated_at: at,
        };
        sessions::insert(tx, &session).await
    }

    /// A row as earlier releases wrote it; `sealed_for` is the id that its value was sealed under.
    async fn old_row(tx: &mut Tx, row_id: &str, sealed_for: &str) -> Result<(), StoreError> {
        let (id, row) = (id(), format!("session/{sealed_for}"));
        let cell = Cell { scope: Scope::Session(&id), table: OLD, column: "key_value", row: &row };
        let sealed = tx.seal(cell, b"ratchet").await?;
        let insert = Query::insert()
            .into_table(OLD)
            .columns(["session_id", "key_name", "key_id", "key_value"])
            .values_panic([id.as_str().into(), "session".into(), row_id.into(), sealed.into()])
            .take();
        tx.execute(&insert).await.map(drop)
    }

    #[tokio::test]
    async fn rows_of_before_are_found_again_and_their_ids_are_gone() {
        let (dir, key) = (tempfile::tempdir().unwrap(), MasterKey::generate().unwrap());
        let path = dir.path().join("old.db");
        let store = open(&path, &key).await;
        let write = store.write(|tx| {
            Box::pin(async move {
                session(tx).await?;
                old_row(tx, ADDRESS, ADDRESS).await?;
                old_row(tx, "damaged", "another").await
            })
        });
        write.await.unwrap();
        store.close().await;

        let store = open(&path, &key).await;
        let found = auth_state::get(store.reader(), &id(), "session", ADDRESS).await.unwrap();
        assert_eq!(found.as_deref(), Some(&b"ratchet"[..]));
        let damaged = auth_state::get(store.reader(), &id(), "session", "damaged").await.unwrap();
        assert_eq!(damaged.as_deref(), Some(&b""[..]), "what reads it finds out");
        store.close().await;
        assert!(!std::fs::read(&path).unwrap().windows(ADDRESS.len()).any(|bytes| bytes == ADDRESS.as_bytes()));
    }
}
