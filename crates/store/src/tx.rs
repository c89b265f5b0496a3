//! The writer's transaction, as commands see it.

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{Statement, StatementBuilder, sea_query::InsertStatement, sea_query::OnConflict};

use crate::{
    Conn, Dialect, Row, StoreError,
    conn::{Source, refuse_nul},
    leases::HeldLeases,
    log::LogCursor,
    subscribers::Subscribers,
    transaction::Transaction,
    vault::{DataKey, FreshKeys, Vault},
};

/// A command's view of the shared transaction. After a failed statement the command has failed, whatever it returns:
/// PostgreSQL would not take another statement, and the other databases are held to the same rule.
pub struct Tx {
    pub(crate) db: Transaction,
    pub(crate) vault: Arc<Vault>,
    pub(crate) state: TxState,
    failure: Mutex<Option<StoreError>>,
}

/// What the transaction remembers outside the database; rolled back with a savepoint by restoring a copy.
#[derive(Clone, Default)]
pub(crate) struct TxState {
    pub(crate) log: LogCursor,
    pub(crate) fresh_keys: FreshKeys,
    pub(crate) subscribers: Subscribers,
    pub(crate) leases: HeldLeases,
}

impl Tx {
    pub(crate) fn new(db: Transaction, vault: Arc<Vault>, state: TxState) -> Self {
        Self { db, vault, state, failure: Mutex::new(None) }
    }

    /// Runs a statement and tells how many rows it touched (matched, for an update).
    pub async fn execute(&mut self, statement: &impl StatementBuilder) -> Result<u64, StoreError> {
        let statement = self.dialect().build(statement);
        self.execute_raw(statement).await
    }

    /// For the few statements whose SQL differs by dialect.
    pub async fn execute_raw(&mut self, statement: Statement) -> Result<u64, StoreError> {
        self.try_execute(statement).await.map_err(|error| self.failed(error))
    }

    /// Inserts unless a row with these unique columns exists; tells whether it did. Unlike a failed plain insert
    /// this leaves the transaction usable.
    pub async fn insert_new(
        &mut self,
        insert: &mut InsertStatement,
        unique: &[&'static str],
    ) -> Result<bool, StoreError> {
        unless_known(insert, unique, self.dialect());
        let statement = self.dialect().build(insert);
        self.insert_new_raw(statement).await
    }

    /// The same of a statement that went through [`unless_known`].
    pub(crate) async fn insert_new_raw(&mut self, statement: Statement) -> Result<bool, StoreError> {
        if self.dialect() != Dialect::MySql {
            return Ok(self.execute_raw(statement).await? > 0);
        }
        match self.try_execute(statement).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict(_)) => Ok(false),
            Err(error) => Err(self.failed(error)),
        }
    }

    async fn try_execute(&self, statement: Statement) -> Result<u64, StoreError> {
        refuse_nul(&statement)?;
        self.db.execute(statement).await
    }

    pub(crate) fn take_failure(&self) -> Option<StoreError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Lets an insert pass by a row with these unique columns. MySQL's own forms either hide other errors (IGNORE) or cannot
/// tell what they did (ON DUPLICATE KEY), so it goes on to fail there.
pub(crate) fn unless_known(insert: &mut InsertStatement, unique: &[&'static str], dialect: Dialect) {
    if dialect != Dialect::MySql {
        insert.on_conflict(OnConflict::columns(unique.iter().copied()).do_nothing().to_owned());
    }
}

impl Source for Tx {
    fn kind(&self) -> Dialect {
        self.db.dialect()
    }

    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.db.query(statement).await
    }

    fn vault(&self) -> &Vault {
        &self.vault
    }

    fn fresh_key(&self, scope: &str, version: u32) -> Option<Arc<DataKey>> {
        self.state.fresh_keys.version(scope, version)
    }

    fn failed(&self, error: StoreError) -> StoreError {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| error.clone());
        error
    }
}
