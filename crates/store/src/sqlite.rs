//! Our own way to an SQLite file. The pool runs every statement on another thread, and going there and back
//! costs more than most statements; here a statement runs where it is called, and is over when the call returns.

mod carrier;
mod readers;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{
    CachedStatement, Connection, OpenFlags,
    config::DbConfig,
    types::{FromSql, ToSqlOutput, Value as Stored, ValueRef},
};
use sea_orm::{Statement, Value};

use crate::StoreError;

use carrier::Carrier;
pub(crate) use readers::Readers;

/// How many prepared statements are kept.
const STATEMENTS: usize = 100;

/// A file with the one connection that writes to it.
#[derive(Clone)]
pub(crate) struct File(Arc<Opened>);

struct Opened {
    path: PathBuf,
    connection: Mutex<Connection>,
    carrier: Carrier,
}

impl File {
    pub(crate) fn open(path: &Path, busy: Duration) -> Result<Self, StoreError> {
        let connection = Mutex::new(writing(path, busy)?);
        let carrier = Carrier::start(path, busy, carrier::PORTION)?;
        Ok(Self(Arc::new(Opened { path: path.to_owned(), connection, carrier })))
    }

    /// Puts a new connection in the place of one that met with an error; the old one rolls back what it had open.
    pub(crate) fn reopen(&self, busy: Duration) -> Result<(), StoreError> {
        *self.connection() = writing(&self.0.path, busy)?;
        Ok(())
    }

    pub(crate) fn begin(&self) -> Result<Transaction, StoreError> {
        Transaction::begin(self.clone(), &OUTER)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `FULL` is never relaxed: a power loss must not bring back the past. What a statement may have to undo is kept in
/// memory instead of in a file that is made and deleted each time. When the log goes to its place is our own affair.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0";

fn connect(path: &Path, busy: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy)?;
    connection.execute_batch(SETTINGS)?;
    // Else SQLite looks at what is bound, and parses a statement anew when that is something else the next time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// In KiB: what hundreds of busy sessions change again and again. It is taken as it is needed.
const CACHE: i32 = 16 * 1024;

fn writing(path: &Path, busy: Duration) -> Result<Connection, StoreError> {
    let connection = connect(path, busy)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    Carrier::watch(&connection);
    Ok(connection)
}

/// The statements that begin and end a transaction or a savepoint in one.
struct Words {
    begin: &'static str,
    commit: &'static str,
    roll_back: &'static str,
}

const OUTER: Words = Words { begin: "BEGIN IMMEDIATE", commit: "COMMIT", roll_back: "ROLLBACK" };
const SAVEPOINT: Words =
    Words { begin: "SAVEPOINT command", commit: "RELEASE command", roll_back: "ROLLBACK TO command; RELEASE command" };

/// Rolled back when dropped.
pub(crate) struct Transaction {
    file: File,
    words: &'static Words,
    open: bool,
}

impl Transaction {
    fn begin(file: File, words: &'static Words) -> Result<Self, StoreError> {
        file.connection().execute_batch(words.begin)?;
        Ok(Self { file, words, open: true })
    }

    pub(crate) fn savepoint(&self) -> Result<Self, StoreError> {
        drop(self.connection()?);
        Self::begin(self.file.clone(), &SAVEPOINT)
    }

    pub(crate) fn commit(self) -> Result<(), StoreError> {
        let (words, file) = (self.words.commit, self.file.clone());
        self.end(words)?;
        file.0.carrier.committed(&file.connection());
        Ok(())
    }

    pub(crate) fn roll_back(self) -> Result<(), StoreError> {
        let words = self.words.roll_back;
        self.end(words)
    }

    fn end(mut self, words: &str) -> Result<(), StoreError> {
        self.file.connection().execute_batch(words)?;
        self.open = false;
        Ok(())
    }

    pub(crate) fn query(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        rows(&*self.connection()?, statement)
    }

    /// How many rows the statement touched.
    pub(crate) fn execute(&self, statement: &Statement) -> Result<u64, StoreError> {
        let connection = self.connection()?;
        let mut prepared = prepare(&connection, statement)?;
        let mut rows = prepared.raw_query();
        while rows.next()?.is_some() {}
        Ok(connection.changes())
    }

    /// Not if SQLite has ended the transaction, as it does on a full disk: each statement would commit by itself.
    fn connection(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        let connection = self.file.connection();
        if connection.is_autocommit() {
            return Err(StoreError::Database("SQLite has rolled the transaction back".to_owned()));
        }
        Ok(connection)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.open {
            // If it fails there is nothing left to roll back.
            drop(self.file.connection().execute_batch(self.words.roll_back));
        }
    }
}

fn rows(connection: &Connection, statement: &Statement) -> Result<Vec<Row>, StoreError> {
    let mut prepared = prepare(connection, statement)?;
    let (columns, count): (Arc<str>, _) = (prepared.column_names().join(",").into(), prepared.column_count());
    let mut rows = prepared.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..count).map(|at| row.get(at)).collect::<Result<_, _>>()?;
        found.push(Row { columns: Arc::clone(&columns), values });
    }
    Ok(found)
}

fn prepare<'c>(connection: &'c Connection, statement: &Statement) -> Result<CachedStatement<'c>, StoreError> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let values = statement.values.iter().flat_map(|values| &values.0);
    for (at, value) in values.enumerate() {
        prepared.raw_bind_parameter(at + 1, ToSqlOutput::Borrowed(bound(value)?))?;
    }
    Ok(prepared)
}

/// A value as the pool stores it.
fn bound(value: &Value) -> Result<ValueRef<'_>, StoreError> {
    Ok(match value {
        Value::Bool(value) => integer(*value),
        Value::TinyInt(value) => integer(*value),
        Value::SmallInt(value) => integer(*value),
        Value::Int(value) => integer(*value),
        Value::BigInt(value) => integer(*value),
        Value::TinyUnsigned(value) => integer(*value),
        Value::SmallUnsigned(value) => integer(*value),
        Value::Unsigned(value) => integer(*value),
        Value::BigUnsigned(value) => integer(value.map(i64::try_from).transpose().map_err(unfit)?),
        Value::Float(value) => real(value.map(f64::from)),
        Value::Double(value) => real(*value),
        Value::String(value) => value.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
        Value::Bytes(value) => value.as_ref().map_or(ValueRef::Null, |bytes| ValueRef::Blob(bytes)),
        other => return Err(unfit(format!("{other:?}"))),
    })
}

fn integer(value: Option<impl Into<i64>>) -> ValueRef<'static> {
    value.map_or(ValueRef::Null, |value| ValueRef::Integer(value.into()))
}

fn real(value: Option<f64>) -> ValueRef<'static> {
    value.map_or(ValueRef::Null, ValueRef::Real)
}

fn unfit(what: impl std::fmt::Display) -> StoreError {
    StoreError::Invalid(format!("SQLite cannot store this value: {what}"))
}

/// Between the names of columns: none contains it.
const BETWEEN: char = ',';

/// One row of an answer.
#[derive(Debug)]
pub(crate) struct Row {
    /// All names in one text: every answer brings them, and most have one row.
    columns: Arc<str>,
    values: Vec<Stored>,
}

impl Row {
    pub(crate) fn get<T: FromSql>(&self, column: &str) -> Result<T, StoreError> {
        let at = self.columns.split(BETWEEN).position(|name| name == column);
        let value = at.and_then(|at| self.values.get(at));
        let value = value.ok_or_else(|| StoreError::corrupt(format!("the answer has no column {column}")))?;
        T::column_result(value.into()).map_err(|error| StoreError::corrupt(format!("column {column}: {error}")))
    }
}

#[cfg(test)]
mod tests;
