//! Rows that do not say whom they are about: the id is hashed in the key of the row, and sealed with its value.

use switchboard_model::SessionId;

use super::TABLE;
use crate::{
    Conn, StoreError, Tx,
    vault::{Cell, Scope, blind_index_if_keyed},
};

/// What the row of an id is found by; nothing while the session has no key, and so no rows.
pub(super) async fn hash(
    db: &impl Conn,
    session: &SessionId,
    name: &str,
    id: &str,
) -> Result<Option<String>, StoreError> {
    blind_index_if_keyed(db, Scope::Session(session), TABLE, &format!("{name}/{id}")).await
}

pub(super) async fn hashes(
    db: &impl Conn,
    session: &SessionId,
    name: &str,
    ids: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut hashes = Vec::with_capacity(ids.len());
    for id in ids {
        hashes.extend(hash(db, session, name, id).await?);
    }
    Ok(hashes)
}

/// The hash of the id, and the id with the value, sealed.
pub(super) async fn seal(
    tx: &mut Tx,
    session: &SessionId,
    name: &str,
    id: &str,
    value: &[u8],
) -> Result<(String, Vec<u8>), StoreError> {
    let length = u8::try_from(id.len()).map_err(|_| StoreError::Invalid("an id is too long".to_owned()))?;
    // The first use of a session makes its key.
    tx.newest_key(Scope::Session(session)).await?;
    let hash =
        hash(tx, session, name, id).await?.ok_or_else(|| StoreError::Corrupt("a fresh key is gone".to_owned()))?;
    let plain = [&[length], id.as_bytes(), value].concat();
    let sealed = tx.seal(cell(session, &row(name, &hash)), &plain).await?;
    Ok((hash, sealed))
}

pub(super) async fn open(
    db: &impl Conn,
    session: &SessionId,
    name: &str,
    hash: &str,
    sealed: &[u8],
) -> Result<(String, Vec<u8>), StoreError> {
    let plain = db.open(cell(session, &row(name, hash)), sealed).await?;
    let damaged = || StoreError::Corrupt(format!("a row of the engine's {name} has no id"));
    let (length, rest) = plain.split_first().ok_or_else(damaged)?;
    let (id, value) = rest.split_at_checked(usize::from(*length)).ok_or_else(damaged)?;
    Ok((String::from_utf8(id.to_vec()).map_err(|_| damaged())?, value.to_vec()))
}

fn row(name: &str, hash: &str) -> String {
    format!("{name}/{hash}")
}

fn cell<'a>(session: &'a SessionId, row: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: TABLE, column: "value", row }
}
