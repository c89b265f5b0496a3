//! Which database, and how its connections are set up.

use std::{fmt, path::Path, str::FromStr, sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use sqlx::{
    ConnectOptions as _, Connection as _, Executor,
    mysql::{MySqlConnectOptions, MySqlConnection, MySqlPoolOptions},
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Dialect, StoreError, conn::Reading, sqlite, transaction::Writer};

const ACQUIRE: Duration = Duration::from_secs(5);
/// A writer's connection that was used this recently is not tested first: a batch that finds it cut is run again.
const FRESH: Duration = Duration::from_secs(1);
pub(crate) const BUSY: Duration = Duration::from_secs(5);

/// A database's address. Shown without its password.
#[derive(Clone)]
pub struct DatabaseUrl(Kind);

#[derive(Clone)]
enum Kind {
    Sqlite(SqliteConnectOptions),
    /// With parameters in its address, which only the pool knows to follow.
    SpecialSqlite(SqliteConnectOptions),
    Memory,
    Postgres(PgConnectOptions),
    MySql(MySqlConnectOptions),
}

impl DatabaseUrl {
    pub fn sqlite_file(path: impl AsRef<Path>) -> Self {
        Self(Kind::Sqlite(SqliteConnectOptions::new().filename(path)))
    }

    /// An SQLite database that lives as long as its store: the test double.
    #[must_use]
    pub fn memory() -> Self {
        Self(Kind::Memory)
    }

    /// Whether other replicas can share this database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.0, Kind::Postgres(_) | Kind::MySql(_))
    }
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        let kind = match scheme {
            "sqlite" if text.trim_start_matches("sqlite:").trim_start_matches("//") == ":memory:" => Some(Kind::Memory),
            "sqlite" if has_parameters(text) => text.parse().ok().map(Kind::SpecialSqlite),
            "sqlite" => text.parse().ok().map(Kind::Sqlite),
            "postgres" | "postgresql" => text.parse().ok().map(Kind::Postgres),
            "mysql" | "mariadb" => text.replacen("mariadb:", "mysql:", 1).parse().ok().map(Kind::MySql),
            _ => None,
        };
        kind.map(Self).ok_or_else(|| StoreError::BadUrl(without_password(text)))
    }
}

/// The mode of a file that is written to is none.
fn has_parameters(text: &str) -> bool {
    text.split_once('?').is_some_and(|(_, parameters)| !matches!(parameters, "" | "mode=rw" | "mode=rwc"))
}

fn without_password(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://...@{rest}"),
        _ => text.to_owned(),
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(o) | Kind::SpecialSqlite(o) => write!(f, "sqlite:{}", o.get_filename().display()),
            Kind::Memory => f.write_str("sqlite::memory:"),
            Kind::Postgres(o) => {
                write!(f, "postgres://{}:{}/{}", o.get_host(), o.get_port(), o.get_database().unwrap_or_default())
            }
            Kind::MySql(o) => {
                write!(f, "mysql://{}:{}/{}", o.get_host(), o.get_port(), o.get_database().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The writer's one connection and the readers' pool.
pub(crate) struct Pools {
    pub(crate) writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
}

impl DatabaseUrl {
    pub(crate) async fn connect(&self, readers: u32) -> Result<Pools, StoreError> {
        let readers = readers.max(1);
        let pools = match &self.0 {
            Kind::Sqlite(options) | Kind::SpecialSqlite(options) => sqlite_file(options.clone(), readers).await,
            Kind::Memory => memory().await,
            Kind::Postgres(options) => postgres(options.clone(), readers).await,
            Kind::MySql(options) => mysql(options.clone(), readers).await,
        };
        pools.map_err(|error| self.explain(error.into()))
    }

    /// What the writer works with once the schema is up to date.
    pub(crate) async fn writer(&self, db: DatabaseConnection) -> Result<Writer, StoreError> {
        let Kind::Sqlite(options) = &self.0 else {
            return Ok(Writer::Pool { db, renewable: !matches!(self.0, Kind::Memory) });
        };
        let file = sqlite::File::open(options.get_filename(), BUSY).map_err(|error| self.explain(error))?;
        db.close().await?;
        Ok(Writer::File(file))
    }

    /// What is read through once the schema is up to date.
    pub(crate) async fn reading(&self, db: DatabaseConnection, readers: u32) -> Result<Reading, StoreError> {
        let Kind::Sqlite(options) = &self.0 else { return Ok(Reading::Pool(db)) };
        db.close().await?;
        Ok(Reading::File(Arc::new(sqlite::Readers::of(options.get_filename(), BUSY, readers))))
    }

    /// Connects and asks for settings under which a power loss can take back what was committed; returns them in words.
    /// Touches no schema, but makes an SQLite file that is not there.
    pub async fn reach(&self) -> Result<Vec<String>, StoreError> {
        let pools = self.connect(1).await?;
        let answered = match pools.writer.ping().await {
            Ok(()) => durability_doubts(&pools.writer).await,
            Err(error) => Err(error.into()),
        };
        // Both are about to be dropped anyway.
        drop((pools.writer.close().await, pools.reader.close().await));
        answered.map_err(|error| self.explain(error))
    }

    /// Opens somebody else's database, to be read and left as it is.
    pub(crate) async fn look(&self) -> Result<DatabaseConnection, StoreError> {
        let connected = match &self.0 {
            Kind::Sqlite(options) | Kind::SpecialSqlite(options) => {
                let options = options.clone().read_only(true).create_if_missing(false).disable_statement_logging();
                sqlite_pool(1).connect_with(options).await.map(DatabaseConnection::from)
            }
            Kind::Postgres(options) => {
                let pool: PgPoolOptions = pool(1);
                pool.connect_with(options.clone().disable_statement_logging()).await.map(DatabaseConnection::from)
            }
            Kind::Memory | Kind::MySql(_) => {
                return Err(StoreError::Invalid("only SQLite files and PostgreSQL are read".to_owned()));
            }
        };
        connected.map_err(|error| self.explain(error.into()))
    }

    /// Names the database in errors that concern it as a whole.
    pub(crate) fn explain(&self, error: StoreError) -> StoreError {
        let database = self.to_string();
        match error {
            StoreError::ReadOnly { reason, .. } => StoreError::ReadOnly { database, reason },
            StoreError::Disconnected(reason) | StoreError::Database(reason) => {
                StoreError::Unreachable { database, reason }
            }
            StoreError::TimedOut => {
                StoreError::Unreachable { database, reason: format!("no answer within {} s", ACQUIRE.as_secs()) }
            }
            other => other,
        }
    }
}

fn pool<DB: sqlx::Database>(size: u32) -> PoolOptions<DB> {
    PoolOptions::new().max_connections(size).acquire_timeout(ACQUIRE)
}

fn writer_pool<DB: sqlx::Database>(pool: PoolOptions<DB>) -> PoolOptions<DB> {
    pool.test_before_acquire(false).before_acquire(|connection, used| {
        Box::pin(async move {
            if used.idle_for > FRESH {
                connection.ping().await?;
            }
            Ok(true)
        })
    })
}

/// `FULL` is never relaxed: a power loss must not bring back the past.
fn sqlite_settings(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .disable_statement_logging()
}

/// An SQLite connection is never lost, so it is not tested before use and lives as long as the store.
fn sqlite_pool(size: u32) -> SqlitePoolOptions {
    pool(size).test_before_acquire(false).idle_timeout(None).max_lifetime(None)
}

async fn sqlite_file(options: SqliteConnectOptions, readers: u32) -> Result<Pools, sqlx::Error> {
    let options = sqlite_settings(options);
    let writer = sqlite_pool(1).connect_with(options.clone()).await?;
    let reader = sqlite_pool(readers).connect_lazy_with(options);
    Ok(Pools { writer: writer.into(), reader: reader.into() })
}

/// One connection serves both sides: another one would see another database.
async fn memory() -> Result<Pools, sqlx::Error> {
    let options = sqlite_settings(SqliteConnectOptions::new().in_memory(true));
    let both: DatabaseConnection = sqlite_pool(1).connect_with(options).await?.into();
    Ok(Pools { writer: both.clone(), reader: both })
}

async fn postgres(options: PgConnectOptions, readers: u32) -> Result<Pools, sqlx::Error> {
    let options = options.options([("synchronous_commit", "on")]).disable_statement_logging();
    let pool = |size| -> PgPoolOptions { pool(size) };
    // The pool would wait for a server that refuses, and then not say that it refused.
    options.connect().await?.close().await?;
    let writer = writer_pool(pool(1)).connect_with(options.clone()).await?;
    let reader = pool(readers).connect_lazy_with(options);
    Ok(Pools { writer: writer.into(), reader: reader.into() })
}

async fn mysql(options: MySqlConnectOptions, readers: u32) -> Result<Pools, sqlx::Error> {
    let options = options.charset("utf8mb4").disable_statement_logging();
    let pool = |size| -> MySqlPoolOptions {
        pool(size).after_connect(|connection: &mut MySqlConnection, _| {
            Box::pin(async move {
                connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
                connection.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')").await?;
                Ok(())
            })
        })
    };
    options.connect().await?.close().await?;
    let writer = writer_pool(pool(1)).connect_with(options.clone()).await?;
    let reader = pool(readers).connect_lazy_with(options);
    Ok(Pools { writer: writer.into(), reader: reader.into() })
}

/// Closes a pool's idle connection; the next use opens another.
pub(crate) async fn close_idle(db: &DatabaseConnection) {
    match db.get_database_backend() {
        Dialect::Sqlite => close_one(db.get_sqlite_connection_pool()).await,
        Dialect::Postgres => close_one(db.get_postgres_connection_pool()).await,
        _ => close_one(db.get_mysql_connection_pool()).await,
    }
}

async fn close_one<DB: sqlx::Database>(pool: &sqlx::Pool<DB>) {
    // Out of reach, it is closed already; how it closes tells nothing.
    if let Ok(connection) = pool.acquire().await {
        drop(connection.close().await);
    }
}

/// Settings of the server under which a power loss can take back what was committed.
pub(crate) async fn durability_doubts(db: &DatabaseConnection) -> Result<Vec<String>, StoreError> {
    let dialect = db.get_database_backend();
    let settings: &[(&str, &str)] = match dialect {
        Dialect::Sqlite => &[],
        Dialect::Postgres => &[("SELECT current_setting('fsync') AS v", "fsync"), FULL_PAGE_WRITES],
        _ => &[("SELECT CAST(@@innodb_flush_log_at_trx_commit AS CHAR) AS v", "innodb_flush_log_at_trx_commit")],
    };
    let mut doubts = Vec::new();
    for (sql, name) in settings {
        let row = db.query_one_raw(Statement::from_string(dialect, *sql)).await?;
        let value: String = row.map(|row| row.try_get("", "v")).transpose()?.unwrap_or_default();
        if !matches!(value.as_str(), "on" | "1") {
            doubts.push(format!("{name} is {value}: a power loss can take back what was committed"));
        }
    }
    Ok(doubts)
}

const FULL_PAGE_WRITES: (&str, &str) = ("SELECT current_setting('full_page_writes') AS v", "full_page_writes");
