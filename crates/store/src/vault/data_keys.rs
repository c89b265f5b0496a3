//! The data keys in their table, and the check that the master key fits.

use std::{collections::BTreeMap, sync::Arc};

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};

use super::{
    Cell, Scope,
    envelope::{self, DataKey},
    master_key::MasterKey,
};
use crate::{Conn, Row, StoreError, Tx, meta};

const KEY_CHECK: &str = "key_check";

/// Keys made in a transaction that is not committed yet, by scope.
#[derive(Clone, Default)]
pub(crate) struct FreshKeys(pub(super) BTreeMap<String, Arc<DataKey>>);

impl FreshKeys {
    pub(crate) fn version(&self, scope: &str, version: u32) -> Option<Arc<DataKey>> {
        self.0.get(scope).filter(|key| key.version == version).cloned()
    }
}

impl Tx {
    /// Seals a value for its cell, under the scope's newest data key; the first use of a scope makes one.
    pub async fn seal(&mut self, cell: Cell<'_>, plaintext: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.newest_key(cell.scope).await?.seal(cell, plaintext)
    }

    pub(crate) async fn newest_key(&mut self, scope: Scope<'_>) -> Result<Arc<DataKey>, StoreError> {
        let scope = scope.name();
        match self.state.fresh_keys.0.get(&scope).cloned().or_else(|| self.vault.newest(&scope)) {
            Some(key) => Ok(key),
            None => load_or_make(self, &scope).await,
        }
    }
}

/// Opens a value sealed for this very cell.
pub(crate) async fn open(db: &impl Conn, cell: Cell<'_>, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = StoreError::Sealed { table: cell.table, column: cell.column };
    let Some(version) = envelope::version_of(sealed) else { return Err(damaged) };
    let scope = cell.scope.name();
    let key = find(db, &scope, version).await?.ok_or(damaged)?;
    key.open(cell, sealed)
}

/// One version of a scope's key: from this transaction, from memory, or from the table.
pub(super) async fn find(db: &impl Conn, scope: &str, version: u32) -> Result<Option<Arc<DataKey>>, StoreError> {
    match db.fresh_key(scope, version).or_else(|| db.vault().version(scope, version)) {
        Some(key) => Ok(Some(key)),
        None => load(db, scope, Some(version)).await,
    }
}

async fn load_or_make(tx: &mut Tx, scope: &str) -> Result<Arc<DataKey>, StoreError> {
    if let Some(key) = load(tx, scope, None).await? {
        return Ok(key);
    }
    hold_master_key(tx).await?;
    if let Some(key) = load(tx, scope, None).await? {
        return Ok(key);
    }
    let key = Arc::new(DataKey::generate(1)?);
    let wrapped = key.wrap(&tx.vault.master(), scope)?;
    let insert = Query::insert()
        .into_table("data_keys")
        .columns(["scope", "version", "wrapped"])
        .values_panic([scope.into(), i64::from(key.version).into(), wrapped.into()])
        .take();
    tx.execute(&insert).await?;
    tx.state.fresh_keys.0.insert(scope.to_owned(), key.clone());
    Ok(key)
}

/// A key from the table, remembered; the newest unless a version is named.
async fn load(db: &impl Conn, scope: &str, version: Option<u32>) -> Result<Option<Arc<DataKey>>, StoreError> {
    let mut select = Query::select()
        .columns(["scope", "version", "wrapped"])
        .from("data_keys")
        .and_where(Expr::col("scope").eq(scope))
        .order_by("version", Order::Desc)
        .limit(1)
        .take();
    if let Some(version) = version {
        select.and_where(Expr::col("version").eq(i64::from(version)));
    }
    let Some(row) = db.one(&select).await? else { return Ok(None) };
    let key = Arc::new(unwrap(&row, &db.vault().master())?.1);
    db.vault().remember(scope, key.clone());
    Ok(Some(key))
}

fn unwrap(row: &Row, master: &MasterKey) -> Result<(String, DataKey), StoreError> {
    let scope: String = row.get("scope")?;
    let version = u32::try_from(row.get::<i64>("version")?).map_err(StoreError::corrupt)?;
    let key = DataKey::unwrap(master, &scope, version, &row.get::<Vec<u8>>("wrapped")?)?;
    Ok((scope, key))
}

/// Keeps a rekey of another replica away until this transaction ends, and notices one that has been.
async fn hold_master_key(tx: &mut Tx) -> Result<(), StoreError> {
    let touch =
        Query::update().table("meta").value("name", KEY_CHECK).and_where(Expr::col("name").eq(KEY_CHECK)).take();
    tx.execute(&touch).await?;
    match meta::get(tx, KEY_CHECK).await? {
        Some(check) if envelope::fits(&tx.vault.master(), &check) => Ok(()),
        _ => Err(StoreError::WrongMasterKey),
    }
}

/// At open: the first master key a database sees is its own, any other is refused. It also writes, so that a database
/// that can only be read is found out now.
pub(crate) async fn check_master_key(tx: &mut Tx) -> Result<(), StoreError> {
    if meta::get(tx, KEY_CHECK).await?.is_some() {
        return hold_master_key(tx).await;
    }
    let check = envelope::key_check(&tx.vault.master())?;
    meta::put(tx, KEY_CHECK, &check).await
}

/// Whether the database was sealed under this master key; for those who change nothing in it.
pub(crate) async fn check_reading(db: &impl Conn) -> Result<(), StoreError> {
    let check = meta::get(db, KEY_CHECK).await?;
    let fits = check.is_some_and(|check| envelope::fits(&db.vault().master(), &check));
    fits.then_some(()).ok_or(StoreError::WrongMasterKey)
}

/// Wraps every data key under another master key. The sealed values stay as they are.
pub(crate) async fn rekey(tx: &mut Tx, new: &MasterKey) -> Result<(), StoreError> {
    hold_master_key(tx).await?;
    let old = tx.vault.master();
    let all = Query::select().columns(["scope", "version", "wrapped"]).from("data_keys").take();
    for row in tx.all(&all).await? {
        let (scope, key) = unwrap(&row, &old)?;
        let update = Query::update()
            .table("data_keys")
            .value("wrapped", key.wrap(new, &scope)?)
            .and_where(Expr::col("scope").eq(scope))
            .and_where(Expr::col("version").eq(i64::from(key.version)))
            .take();
        tx.execute(&update).await?;
    }
    meta::put(tx, KEY_CHECK, &envelope::key_check(new)?).await
}
