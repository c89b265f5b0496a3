use sea_orm::{Statement, Value};
use switchboard_model::SystemClock;

use super::*;
use crate::{Conn as _, DatabaseUrl, Dialect, MasterKey, Store, StoreOptions, Tx};

fn statement(sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(Dialect::Sqlite, sql, values)
}

async fn on_file(path: &Path) -> Store {
    let (url, master_key) = (DatabaseUrl::sqlite_file(path), MasterKey::generate().unwrap());
    Store::open(StoreOptions { url, master_key, clock: Arc::new(SystemClock), read_connections: 1 }).await.unwrap()
}

type Kinds = (bool, i32, i64, f64, String, Vec<u8>, Option<String>, Option<i64>);

/// Binds a value of each kind and reads them back.
async fn there_and_back(tx: &mut Tx) -> Result<Kinds, StoreError> {
    let sql = "SELECT ? AS flag, ? AS small, ? AS large, ? AS number, ? AS text, ? AS bytes, ? AS none, ? AS some";
    let values = vec![
        true.into(),
        (-7i32).into(),
        i64::MAX.into(),
        0.5f64.into(),
        "\u{1F600} smile".into(),
        vec![0u8, 255].into(),
        None::<String>.into(),
        Some(7u64).into(),
    ];
    let row = tx.all_raw(statement(sql, values)).await?.remove(0);
    let numbers = (row.get("flag")?, row.get("small")?, row.get("large")?, row.get("number")?);
    let rest = (row.get("text")?, row.get("bytes")?, row.get("none")?, row.get("some")?);
    Ok((numbers.0, numbers.1, numbers.2, numbers.3, rest.0, rest.1, rest.2, rest.3))
}

#[tokio::test]
async fn values_come_back_as_they_do_through_the_pool() {
    let dir = tempfile::tempdir().unwrap();
    let (file, memory) = (on_file(&dir.path().join("a.db")).await, Store::in_memory().await.unwrap());
    let own = file.write(|tx| Box::pin(there_and_back(tx))).await.unwrap();
    let pool = memory.write(|tx| Box::pin(there_and_back(tx))).await.unwrap();
    assert_eq!(own, pool);
    assert_eq!((own.2, own.4.as_str(), own.5.as_slice()), (i64::MAX, "\u{1F600} smile", &[0, 255][..]));
}

#[test]
fn what_does_not_fit_is_refused() {
    let (dir, busy) = (tempfile::tempdir().unwrap(), Duration::ZERO);
    let file = File::open(&dir.path().join("a.db"), busy).unwrap();
    let tx = file.begin().unwrap();
    let error = tx.query(&statement("SELECT ? AS big", vec![u64::MAX.into()])).unwrap_err();
    assert!(matches!(error, StoreError::Invalid(_)), "{error:?}");
    let row = tx.query(&statement("SELECT 'text' AS a", vec![])).unwrap().remove(0);
    assert!(matches!(row.get::<i64>("a"), Err(StoreError::Corrupt(_))));
    assert!(matches!(row.get::<i64>("b"), Err(StoreError::Corrupt(_))));
}

#[test]
fn only_a_commit_keeps_anything() {
    let (dir, busy) = (tempfile::tempdir().unwrap(), Duration::ZERO);
    let file = File::open(&dir.path().join("a.db"), busy).unwrap();
    let add = |tx: &Transaction, number: i64| {
        tx.execute(&statement("INSERT INTO numbers (number) VALUES (?)", vec![number.into()])).unwrap();
    };
    let tx = file.begin().unwrap();
    tx.execute(&statement("CREATE TABLE numbers (number INTEGER UNIQUE)", vec![])).unwrap();
    add(&tx, 1);
    drop(tx.savepoint().map(|inner| add(&inner, 2)));
    let inner = tx.savepoint().unwrap();
    add(&inner, 3);
    inner.commit().unwrap();
    tx.commit().unwrap();
    let tx = file.begin().unwrap();
    add(&tx, 4);
    file.reopen(busy).unwrap();
    let gone = tx.execute(&statement("INSERT INTO numbers (number) VALUES (5)", vec![]));
    assert!(gone.is_err(), "its transaction went with the connection");
    drop(tx);
    let rows = file.begin().unwrap().query(&statement("SELECT number FROM numbers", vec![])).unwrap();
    assert_eq!(rows.iter().map(|row| row.get("number").unwrap()).collect::<Vec<i64>>(), [1, 3]);
}

const LONG: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) AS many FROM n";

#[tokio::test]
async fn a_long_read_gets_a_thread_of_its_own_and_a_short_one_none() {
    let dir = tempfile::tempdir().unwrap();
    let readers = Arc::new(Readers::of(&dir.path().join("a.db"), Duration::ZERO, 1));
    let many = async |sql| readers.query(statement(sql, vec![])).await.unwrap().remove(0).get::<i64>("many");
    for _ in 0..2 {
        assert_eq!(many(LONG).await.unwrap(), 300_000);
        assert_eq!(many("SELECT 7 AS many").await.unwrap(), 7);
    }
    let waits = Arc::clone(&readers);
    let keeping = waits.keep_long_ones_waiting();
    assert_eq!(many("SELECT 7 AS many").await.unwrap(), 7);
    let mut long = std::pin::pin!(readers.query(statement(LONG, vec![])));
    assert!(futures_util::poll!(long.as_mut()).is_pending(), "it has no turn yet");
    drop(keeping);
    assert_eq!(long.await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_reads_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let readers = Arc::new(Readers::of(&dir.path().join("a.db"), Duration::ZERO, 1));
    let refused = readers.query(statement("CREATE TABLE numbers (number INTEGER)", vec![])).await;
    assert!(refused.is_err(), "{refused:?}");
    readers.close();
    let closed = readers.query(statement("SELECT 1 AS one", vec![])).await;
    assert!(matches!(closed, Err(StoreError::Closed)), "{closed:?}");
}
