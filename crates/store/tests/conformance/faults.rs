//! Whatever is wrong with the database is said in one clear sentence.

use switchboard_store::{DatabaseUrl, MasterKey, Store, StoreError, StoreOptions, auth_state};

use crate::database::{Kind, TestDb, session_id, with_sessions};

on_each_database!(
    a_newer_schema_is_left_alone,
    a_missing_table_is_noticed,
    a_migration_that_died_is_noticed_or_finished
);

async fn refusal(db: &TestDb) -> String {
    db.try_open().await.err().expect("it must be refused").to_string()
}

async fn a_newer_schema_is_left_alone(db: TestDb) {
    db.open().await.close().await;
    db.tamper("INSERT INTO schema_migrations (number, name, steps_done, at) VALUES (9999, 'future', -1, 0)").await;
    let text = refusal(&db).await;
    assert!(text.contains("schema version 9999") && text.contains("newer program"), "{text}");
}

async fn a_missing_table_is_noticed(db: TestDb) {
    db.open().await.close().await;
    db.tamper("DROP TABLE audit").await;
    let text = refusal(&db).await;
    assert!(text.contains("incomplete") && text.contains("audit"), "{text}");
}

/// MySQL has no transactions around its schema, so there a crash half-way is real, and is recovered from.
async fn a_migration_that_died_is_noticed_or_finished(db: TestDb) {
    db.open().await.close().await;
    db.tamper("DELETE FROM schema_migrations WHERE number > 1").await;
    db.tamper("UPDATE schema_migrations SET steps_done = 3 WHERE number = 1").await;
    if db.kind == Kind::Mariadb {
        // As after a crash between the making of the fourth table and its record.
        db.tamper(DROP_ALL_BUT_FOUR).await;
        with_sessions(&db.open().await, &["a"]).await;
    } else {
        let text = refusal(&db).await;
        assert!(text.contains("migration 1 (ground) was begun and not finished"), "{text}");
    }
}

const DROP_ALL_BUT_FOUR: &str = "
    SET SESSION group_concat_max_len = 100000, foreign_key_checks = 0;
    SELECT CONCAT('DROP TABLE ', GROUP_CONCAT(table_name)) INTO @drop FROM information_schema.tables
        WHERE table_schema = DATABASE()
        AND table_name NOT IN ('schema_migrations', 'meta', 'counters', 'data_keys', 'jwt_keys');
    EXECUTE IMMEDIATE @drop;";

async fn open(url: &str) -> Result<Store, StoreError> {
    let url: DatabaseUrl = url.parse()?;
    let clock = std::sync::Arc::new(switchboard_model::ManualClock::default());
    Store::open(StoreOptions { url, master_key: MasterKey::generate()?, clock, read_connections: 1 }).await
}

async fn refused(url: &str) -> String {
    open(url).await.err().expect("it must be refused").to_string()
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_its_password() {
    for scheme in ["postgres", "mysql"] {
        let text = refused(&format!("{scheme}://me:hunter2@127.0.0.1:1/db")).await;
        assert!(text.contains("cannot be reached") && text.contains("127.0.0.1:1/db"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn a_bad_address_is_refused_without_its_password() {
    for url in ["oracle://me:hunter2@host/db", "whatsapp.db", "postgres://me:hunter2@host:port/db"] {
        let text = refused(url).await;
        assert!(text.contains("is not a database address"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_or_cannot_be_written_is_named() {
    for url in ["sqlite:/nowhere/at/all/whatsapp.db", "sqlite:/proc/whatsapp.db"] {
        let text = refused(url).await;
        assert!(text.contains("cannot be written") && text.contains("whatsapp.db"), "{text}");
    }
}

#[tokio::test]
async fn a_read_only_file_is_named() {
    crate::database::run(Kind::Sqlite, async |db: TestDb| {
        db.open().await.close().await;
        let mut options = db.options();
        options.url = format!("{}?mode=ro", db.url).parse().unwrap();
        let text = Store::open(options).await.err().expect("it must be refused").to_string();
        assert!(text.contains("cannot be written") && text.contains("whatsapp.db"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    crate::database::run(Kind::Sqlite, async |db: TestDb| {
        std::fs::write(db.folder().join("whatsapp.db"), "this is not a database, it is a text").unwrap();
        let text = refusal(&db).await;
        assert!(text.contains("whatsapp.db") && text.contains("not a database"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    crate::database::run(Kind::Sqlite, async |db: TestDb| {
        let store = db.open().await;
        with_sessions(&store, &["a"]).await;
        limit_pages(&store).await;
        let mut kept = 0;
        let error = loop {
            match put(&store, kept).await {
                Ok(()) => kept += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Full(_)), "{error:?}");
        assert!(error.to_string().contains("free some space"));
        store.close().await;
        let reopened = db.open().await;
        assert_eq!(auth_state::count(reopened.reader(), &session_id("a"), "blob").await.unwrap(), kept);
        put(&reopened, kept).await.unwrap();
    })
    .await;
}

/// SQLite may end the transaction there, and what followed would commit by itself.
#[tokio::test]
async fn nothing_that_follows_a_full_disk_is_kept() {
    crate::database::run(Kind::Sqlite, async |db: TestDb| {
        let store = db.open().await;
        with_sessions(&store, &["a"]).await;
        limit_pages(&store).await;
        let answer = store.write(|tx| {
            Box::pin(async move {
                let large = vec![7; 2_000_000];
                drop(auth_state::put(tx, &session_id("a"), "blob", "large", &large).await);
                drop(auth_state::put(tx, &session_id("a"), "blob", "small", &[7]).await);
                Ok(())
            })
        });
        let error = answer.await.unwrap_err();
        assert!(matches!(error, StoreError::Full(_)), "{error:?}");
        assert_eq!(auth_state::count(store.reader(), &session_id("a"), "blob").await.unwrap(), 0);
    })
    .await;
}

async fn limit_pages(store: &Store) {
    let pragma = sea_orm::Statement::from_string(switchboard_store::Dialect::Sqlite, "PRAGMA max_page_count = 100");
    store
        .write(move |tx| {
            let pragma = pragma.clone();
            Box::pin(async move { tx.execute_raw(pragma).await.map(drop) })
        })
        .await
        .unwrap();
}

async fn put(store: &Store, number: i64) -> Result<(), StoreError> {
    store
        .write(move |tx| {
            Box::pin(
                async move { auth_state::put(tx, &session_id("a"), "blob", &number.to_string(), &[7; 20_000]).await },
            )
        })
        .await
}
