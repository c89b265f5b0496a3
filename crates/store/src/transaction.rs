//! Where the writer's transactions come from: the pool's connection, or an SQLite file's own.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};

use crate::{Dialect, Row, StoreError, database, sqlite};

/// The writer's one connection.
pub(crate) enum Writer {
    /// Not renewable in memory, where the connection is the database.
    Pool {
        db: DatabaseConnection,
        renewable: bool,
    },
    File(sqlite::File),
}

impl Writer {
    /// Whether a statement keeps its thread until it is done.
    pub(crate) fn blocks(&self) -> bool {
        matches!(self, Self::File(_))
    }

    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        match self {
            Self::Pool { db, .. } => Transaction::begin(db).await,
            Self::File(file) => file.begin().map(Transaction::File),
        }
    }

    /// Databases end a transaction by themselves on some errors: SQLite on a full disk, MySQL on a deadlock. The
    /// connection then believes in a transaction or savepoint that is gone, and what it ran next would not be atomic.
    pub(crate) async fn renew(&self) {
        match self {
            Self::Pool { db, renewable: true } => database::close_idle(db).await,
            Self::Pool { .. } => {}
            Self::File(file) => {
                if let Err(error) = file.reopen(database::BUSY) {
                    tracing::warn!(%error, "the database file cannot be opened again; its connection stays in use");
                }
            }
        }
    }

    pub(crate) async fn close(self) {
        if let Self::Pool { db, .. } = self {
            // Closing a pool a second time is harmless, and so is failing to.
            drop(db.close().await);
        }
    }
}

/// Rolled back when dropped.
pub(crate) enum Transaction {
    Pool(DatabaseTransaction),
    File(sqlite::Transaction),
}

impl Transaction {
    pub(crate) async fn begin(db: &DatabaseConnection) -> Result<Self, StoreError> {
        let mode = Some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
        Ok(Self::Pool(db.begin_with_options(options).await?))
    }

    pub(crate) async fn savepoint(&self) -> Result<Self, StoreError> {
        match self {
            Self::Pool(db) => Ok(Self::Pool(db.begin().await?)),
            Self::File(file) => file.savepoint().map(Self::File),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Pool(db) => Ok(db.commit().await?),
            Self::File(file) => file.commit(),
        }
    }

    pub(crate) async fn roll_back(self) -> Result<(), StoreError> {
        match self {
            Self::Pool(db) => Ok(db.rollback().await?),
            Self::File(file) => file.roll_back(),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Pool(db) => db.get_database_backend(),
            Self::File(_) => Dialect::Sqlite,
        }
    }

    pub(crate) async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Pool(db) => Ok(db.query_all_raw(statement).await?.into_iter().map(Row::from).collect()),
            Self::File(file) => Ok(file.query(&statement)?.into_iter().map(Row::from).collect()),
        }
    }

    /// How many rows the statement touched.
    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64, StoreError> {
        match self {
            Self::Pool(db) => Ok(db.execute_raw(statement).await?.rows_affected()),
            Self::File(file) => file.execute(&statement),
        }
    }
}
