//! A database made for one test, and dropped after it.

use std::{env, future::Future, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use sqlx::{Connection, Executor};
use switchboard_model::{ManualClock, Session, SessionId};
use switchboard_store::{DatabaseUrl, MasterKey, Store, StoreError, StoreOptions, sessions, users};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    Mariadb,
}

/// Writes the named functions out as one test for each database.
macro_rules! on_each_database {
    ($($name:ident),+ $(,)?) => {
        on_each_database!(@ sqlite Sqlite: $($name),+);
        on_each_database!(@ postgres Postgres: $($name),+);
        on_each_database!(@ mariadb Mariadb: $($name),+);
    };
    (@ $module:ident $kind:ident: $($name:ident),+) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::database::run(crate::database::Kind::$kind, super::$name).await;
                }
            )+
        }
    };
}

#[derive(Clone)]
pub(crate) struct TestDb {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) key: MasterKey,
    folder: Arc<TempDir>,
    name: String,
}

pub(crate) async fn run<F: Future<Output = ()>>(kind: Kind, test: impl FnOnce(TestDb) -> F) {
    let db = TestDb::create(kind).await;
    let result = AssertUnwindSafe(test(db.clone())).catch_unwind().await;
    db.drop().await;
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}

impl TestDb {
    async fn create(kind: Kind) -> Self {
        let name = format!("sb_test_{}", uuid::Uuid::new_v4().simple());
        let folder = Arc::new(TempDir::new().unwrap());
        let url = match kind {
            Kind::Sqlite => format!("sqlite:{}", folder.path().join("whatsapp.db").display()),
            Kind::Postgres | Kind::Mariadb => {
                server(kind, &format!("CREATE DATABASE {name}")).await;
                let base = server_url(kind);
                format!("{}/{name}", base.rsplit_once('/').unwrap().0)
            }
        };
        Self { kind, url, key: MasterKey::generate().unwrap(), folder, name }
    }

    async fn drop(&self) {
        match self.kind {
            Kind::Sqlite => {}
            Kind::Postgres => server(self.kind, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await,
            Kind::Mariadb => server(self.kind, &format!("DROP DATABASE {}", self.name)).await,
        }
    }

    /// The same database, opened with another master key.
    pub(crate) fn with_key(&self, key: MasterKey) -> Self {
        Self { key, ..self.clone() }
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn options(&self) -> StoreOptions {
        StoreOptions {
            url: self.url.parse::<DatabaseUrl>().unwrap(),
            master_key: self.key.clone(),
            clock: Arc::new(ManualClock::default()),
            read_connections: 3,
        }
    }

    pub(crate) async fn try_open(&self) -> Result<Store, StoreError> {
        Store::open(self.options()).await
    }

    pub(crate) async fn open(&self) -> Store {
        self.try_open().await.unwrap()
    }

    /// A second hand in the database, past the store.
    pub(crate) async fn tamper(&self, sql: &str) {
        match self.kind {
            Kind::Sqlite => execute::<sqlx::SqliteConnection>(&self.url, sql).await,
            Kind::Postgres => execute::<sqlx::PgConnection>(&self.url, sql).await,
            Kind::Mariadb => execute::<sqlx::MySqlConnection>(&self.url, sql).await,
        }
    }
}

async fn execute<C>(url: &str, sql: &str)
where
    C: Connection,
    for<'c> &'c mut C: Executor<'c>,
{
    let mut connection = C::connect(url).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but their environment")]
fn server_url(kind: Kind) -> String {
    let (variable, default) = match kind {
        Kind::Postgres => ("SWITCHBOARD_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres"),
        _ => ("SWITCHBOARD_TEST_MARIADB", "mysql://root@127.0.0.1:3306/mysql"),
    };
    env::var(variable).unwrap_or_else(|_| default.to_owned())
}

async fn server(kind: Kind, sql: &str) {
    let url = server_url(kind);
    match kind {
        Kind::Postgres => execute::<sqlx::PgConnection>(&url, sql).await,
        _ => execute::<sqlx::MySqlConnection>(&url, sql).await,
    }
}

pub(crate) fn session_id(text: &str) -> SessionId {
    text.parse().unwrap()
}

/// A session of the first user.
pub(crate) fn session(id: &str) -> Session {
    let clock = ManualClock::default();
    let now = switchboard_model::Clock::now(&clock);
    Session {
        id: session_id(id),
        name: "Sales ✓".to_owned(),
        owner: switchboard_model::UserId::ADMIN,
        origin: switchboard_model::Origin::Native,
        desired: switchboard_model::Desired::Connected,
        state: switchboard_model::SessionState::Created,
        phone: None,
        lid: None,
        linked: false,
        created_at: now,
        updated_at: now,
    }
}

/// Makes the first user and some sessions of it.
pub(crate) async fn with_sessions(store: &Store, ids: &'static [&'static str]) {
    store
        .write(move |tx| {
            Box::pin(async move {
                users::insert(tx, &user("admin")).await?;
                for id in ids {
                    sessions::insert(tx, &session(id)).await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap();
}

pub(crate) fn user(name: &str) -> users::NewUser {
    users::NewUser {
        username: name.to_owned(),
        password_hash: "$argon2id$...".to_owned(),
        role: "admin".to_owned(),
        created_at: switchboard_model::Timestamp::from_secs(1_700_000_000),
    }
}
