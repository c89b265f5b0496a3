//! Where the gateway of a test keeps things: in memory, or on the MariaDB server that `SWITCHBOARD_TEST_STORE` names
//! (`mysql://root@127.0.0.1:3306`). The same tests, another store.

use std::{
    process::{Command, Output},
    sync::Arc,
};

use switchboard_model::SystemClock;
use switchboard_store::{MasterKey, Store, StoreOptions};

/// A database made for one test, and dropped after it.
pub(crate) struct Database {
    name: String,
}

pub(super) async fn store() -> (Store, Option<Arc<Database>>) {
    let Some(server) = server() else { return (Store::in_memory().await.expect("store"), None) };
    let database = Database::create();
    let options = StoreOptions {
        url: format!("{server}/{}", database.name).parse().expect("a database URL"),
        master_key: MasterKey::generate().expect("a key"),
        clock: Arc::new(SystemClock),
        read_connections: 2,
    };
    (Store::open(options).await.expect("store"), Some(Arc::new(database)))
}

impl Database {
    fn create() -> Self {
        let name = format!("api_test_{}", uuid::Uuid::now_v7().simple());
        sql(&format!("CREATE DATABASE {name}"));
        Self { name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The test's runtime has stopped where it was: a transaction that is still open would keep the tables for ever.
        let open = format!("SELECT id FROM information_schema.processlist WHERE db = '{}'", self.name);
        for id in sql(&open).lines() {
            let _gone_already = client(&format!("KILL {id}"));
        }
        sql(&format!("DROP DATABASE {}", self.name));
    }
}

fn sql(statement: &str) -> String {
    let done = client(statement);
    assert!(done.status.success(), "MariaDB refused: {statement}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn client(statement: &str) -> Output {
    let args = ["-h", "127.0.0.1", "-u", "root", "--skip-column-names", "-e", statement];
    Command::new("mariadb").args(args).output().expect("the client `mariadb` runs")
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but their environment")]
fn server() -> Option<String> {
    std::env::var("SWITCHBOARD_TEST_STORE").ok()
}
