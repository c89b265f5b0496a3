//! What a query function takes: a reader or the writer's transaction, whichever the caller has.

use std::{fmt::Display, future::Future, str::FromStr, sync::Arc};

use rusqlite::types::FromSql;
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement, StatementBuilder, TryGetable, Value};
use switchboard_model::Timestamp;

use crate::{
    StoreError, sqlite,
    vault::{self, Cell, DataKey, Vault},
};

pub use sea_orm::DbBackend as Dialect;

/// Runs queries. Statements that change something need a [`Tx`](crate::Tx).
pub trait Conn: Source + Send + Sync + Sized {
    fn dialect(&self) -> Dialect {
        self.kind()
    }

    /// The first row of the answer.
    fn one<S: StatementBuilder>(&self, statement: &S) -> impl Future<Output = Result<Option<Row>, StoreError>> + Send {
        let rows = self.all(statement);
        async { Ok(rows.await?.into_iter().next()) }
    }

    fn all<S: StatementBuilder>(&self, statement: &S) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        let statement = self.dialect().build(statement);
        self.all_raw(statement)
    }

    fn one_raw(&self, statement: Statement) -> impl Future<Output = Result<Option<Row>, StoreError>> + Send {
        let rows = self.all_raw(statement);
        async { Ok(rows.await?.into_iter().next()) }
    }

    /// Opens a sealed value in the cell it was read from.
    fn open(&self, cell: Cell<'_>, sealed: &[u8]) -> impl Future<Output = Result<Vec<u8>, StoreError>> + Send {
        vault::open(self, cell, sealed)
    }

    /// For the few queries whose SQL differs by dialect.
    fn all_raw(&self, statement: Statement) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        async {
            let rows = match refuse_nul(&statement) {
                Ok(()) => self.query(statement).await,
                Err(error) => Err(error),
            };
            rows.map_err(|error| self.failed(error))
        }
    }
}

impl<T: Source + Send + Sync> Conn for T {}

/// Where queries go; only the store has such things.
pub trait Source {
    fn kind(&self) -> Dialect;
    fn query(&self, statement: Statement) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;
    fn vault(&self) -> &Vault;

    /// A data key that only this transaction knows yet.
    fn fresh_key(&self, _scope: &str, _version: u32) -> Option<Arc<DataKey>> {
        None
    }

    /// Sees every failed statement, because it may have spoiled the transaction.
    fn failed(&self, error: StoreError) -> StoreError {
        error
    }
}

/// What reads outside the writer.
#[derive(Clone)]
pub struct Reader {
    pub(crate) db: Reading,
    pub(crate) vault: Arc<Vault>,
}

/// The connections that are read through.
#[derive(Clone)]
pub(crate) enum Reading {
    Pool(DatabaseConnection),
    File(Arc<sqlite::Readers>),
}

impl Reading {
    /// Closing a second time is harmless, and so is failing to.
    pub(crate) async fn close(&self) {
        match self {
            Self::Pool(db) => drop(db.close_by_ref().await),
            Self::File(readers) => readers.close(),
        }
    }
}

impl Source for Reader {
    fn kind(&self) -> Dialect {
        match &self.db {
            Reading::Pool(db) => db.get_database_backend(),
            Reading::File(_) => Dialect::Sqlite,
        }
    }

    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        match &self.db {
            Reading::Pool(db) => Ok(db.query_all_raw(statement).await?.into_iter().map(Row::from).collect()),
            Reading::File(readers) => Ok(readers.query(statement).await?.into_iter().map(Row::from).collect()),
        }
    }

    fn vault(&self) -> &Vault {
        &self.vault
    }
}

/// One row of an answer.
#[derive(Debug)]
pub struct Row(Answer);

#[derive(Debug)]
enum Answer {
    Pool(QueryResult),
    File(sqlite::Row),
}

impl From<QueryResult> for Row {
    fn from(row: QueryResult) -> Self {
        Self(Answer::Pool(row))
    }
}

impl From<sqlite::Row> for Row {
    fn from(row: sqlite::Row) -> Self {
        Self(Answer::File(row))
    }
}

/// What can be read from a column, whichever way the row came.
pub trait Column: TryGetable + FromSql {}

impl<T: TryGetable + FromSql> Column for T {}

impl Row {
    pub fn get<T: Column>(&self, column: &str) -> Result<T, StoreError> {
        match &self.0 {
            Answer::Pool(row) => row.try_get("", column).map_err(StoreError::corrupt),
            Answer::File(row) => row.get(column),
        }
    }

    /// A text column as the type it was written from.
    pub fn parse<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, StoreError> {
        parsed(column, &self.get::<String>(column)?)
    }

    pub fn parse_opt<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.get::<Option<String>>(column)?.map(|text| parsed(column, &text)).transpose()
    }

    pub fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.get(column).map(Timestamp::from_millis)
    }

    pub fn time_opt(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.get::<Option<i64>>(column)?.map(Timestamp::from_millis))
    }
}

fn parsed<T: FromStr<Err: Display>>(column: &str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|e| StoreError::Corrupt(format!("column {column}: {e}")))
}

/// PostgreSQL has no NUL in text, the others do: refused alike everywhere, before the database says it its way.
pub(crate) fn refuse_nul(statement: &Statement) -> Result<(), StoreError> {
    let values = statement.values.iter().flat_map(|values| &values.0);
    for value in values {
        if let Value::String(Some(text)) = value
            && text.contains('\0')
        {
            return Err(StoreError::Invalid("text must not contain a NUL character".to_owned()));
        }
    }
    Ok(())
}
