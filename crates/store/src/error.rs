//! What can go wrong with the store. Each text says what happened, to what, and how to mend it.

use rusqlite::ffi;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};
use sqlx::error::{DatabaseError, ErrorKind};

#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "`{0}` is not a database address: use sqlite:PATH, postgres://USER:PASSWORD@HOST/NAME or mysql://USER:PASSWORD@HOST/NAME"
    )]
    BadUrl(String),
    #[error(
        "the database {database} cannot be reached: {reason}. Check that it runs and that the address, user and password are right"
    )]
    Unreachable { database: String, reason: String },
    #[error(
        "the database {database} cannot be written to: {reason}. Check the owner and the mode of the file and of its folder"
    )]
    ReadOnly { database: String, reason: String },
    #[error("the database is out of space: {0}. Nothing of this change was kept; free some space and repeat it")]
    Full(String),
    #[error(
        "the master key does not fit this database: it was sealed with another one. Give the key that was in use before"
    )]
    WrongMasterKey,
    #[error("the master key {from} cannot be used: {reason}")]
    BadMasterKey { from: String, reason: String },
    #[error(
        "the schema of this database is incomplete: {0}. Restore the backup taken before the upgrade, or start with an empty database"
    )]
    HalfMigrated(String),
    #[error(
        "this database has schema version {found}, this program knows versions up to {known}: run the newer program again"
    )]
    NewerSchema { found: i64, known: i64 },
    /// A unique or primary key exists already.
    #[error("it exists already: {0}")]
    Conflict(String),
    /// A foreign key points at a row that is not there.
    #[error("it refers to something that does not exist: {0}")]
    MissingReference(String),
    #[error("{0}")]
    Invalid(String),
    /// The envelope does not open: written for another row, damaged, or sealed under another key.
    #[error(
        "the sealed value of {table}.{column} does not open in its row: it was moved, altered or sealed with another key"
    )]
    Sealed { table: &'static str, column: &'static str },
    #[error("a stored row cannot be read: {0}")]
    Corrupt(String),
    /// Nothing of the command was kept; it can be repeated.
    #[error("the database was too busy for this change, nothing of it was kept: {0}")]
    Busy(String),
    /// Nothing of the command was kept; it can be repeated once the database is back.
    #[error("the connection to the database was lost, nothing of this change was kept: {0}")]
    Disconnected(String),
    /// Every connection was in use, or none came about. Nothing of the command was done.
    #[error("the database gave no connection in time: it is overloaded or cannot be reached. Nothing of this was done")]
    TimedOut,
    #[error(
        "the connection to the database was lost while committing, it is unknown whether this change was kept: {0}"
    )]
    CommitUnknown(String),
    #[error("the store is closed")]
    Closed,
    #[error("a change stopped with a programming error, nothing of it was kept: {0}")]
    Panicked(String),
    #[error("the database refused a statement: {0}")]
    Database(String),
}

impl StoreError {
    /// Whether the same, tried again, may well succeed. Nothing of it was kept.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Disconnected(_) | Self::TimedOut)
    }

    pub(crate) fn corrupt(what: impl std::fmt::Display) -> Self {
        Self::Corrupt(what.to_string())
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Self::TimedOut,
            DbErr::ConnectionAcquire(reason) => Self::Disconnected(reason.to_string()),
            DbErr::Conn(RuntimeErr::SqlxError(e))
            | DbErr::Exec(RuntimeErr::SqlxError(e))
            | DbErr::Query(RuntimeErr::SqlxError(e)) => Self::from_sqlx(e.as_ref()),
            other => Self::Database(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::from_sqlx(&error)
    }
}

impl StoreError {
    fn from_sqlx(error: &SqlxError) -> Self {
        match error {
            SqlxError::Database(e) => Self::from_database(e.as_ref()),
            SqlxError::PoolClosed => Self::Closed,
            SqlxError::PoolTimedOut => Self::TimedOut,
            SqlxError::Io(_) | SqlxError::Tls(_) | SqlxError::WorkerCrashed => Self::Disconnected(error.to_string()),
            other => Self::Database(other.to_string()),
        }
    }

    fn from_database(error: &dyn DatabaseError) -> Self {
        let text = error.message().to_owned();
        match error.kind() {
            ErrorKind::UniqueViolation => Self::Conflict(text),
            ErrorKind::ForeignKeyViolation => Self::MissingReference(text),
            _ => Self::from_fault(fault(error), text),
        }
    }

    fn from_fault(fault: Option<Fault>, text: String) -> Self {
        match fault {
            Some(Fault::Busy) => Self::Busy(text),
            Some(Fault::Lost) => Self::Disconnected(text),
            Some(Fault::Full) => Self::Full(text),
            Some(Fault::ReadOnly) => Self::ReadOnly { database: "in use".to_owned(), reason: text },
            None => Self::Database(text),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, text) = error else {
            return Self::Database(error.to_string());
        };
        let text = text.unwrap_or_else(|| failure.to_string());
        match failure.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => Self::Conflict(text),
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Self::MissingReference(text),
            code => Self::from_fault(sqlite_fault(code & 0xff), text),
        }
    }
}

#[derive(Clone, Copy)]
enum Fault {
    Busy,
    Lost,
    Full,
    ReadOnly,
}

/// The three databases' own numbers for the faults that ask for an action of their own.
fn fault(error: &dyn DatabaseError) -> Option<Fault> {
    if let Some(e) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return match e.number() {
            1205 | 1213 => Some(Fault::Busy),
            1021 | 1114 => Some(Fault::Full),
            1290 | 1836 => Some(Fault::ReadOnly),
            1053 | 1152 | 1158..=1161 | 1927 => Some(Fault::Lost),
            _ => None,
        };
    }
    let code = error.code()?;
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        return match code.as_ref() {
            "40001" | "40P01" | "55P03" => Some(Fault::Busy),
            "53100" | "53200" => Some(Fault::Full),
            "25006" => Some(Fault::ReadOnly),
            "57P01" | "57P02" | "57P03" => Some(Fault::Lost),
            code if code.starts_with("08") => Some(Fault::Lost),
            _ => None,
        };
    }
    sqlite_fault(code.parse::<i32>().ok()? & 0xff)
}

/// By primary result code: the extended ones keep it in their low byte.
fn sqlite_fault(code: i32) -> Option<Fault> {
    match code {
        5 | 6 => Some(Fault::Busy),
        8 | 14 => Some(Fault::ReadOnly),
        13 => Some(Fault::Full),
        _ => None,
    }
}
