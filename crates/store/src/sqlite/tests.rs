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
