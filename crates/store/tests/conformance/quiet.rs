//! However loud the log, it does not tell what is sealed, nor with which key, nor the database's password.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use switchboard_model::Timestamp;
use switchboard_store::{
    MasterKey, StoreError, auth_state,
    events::{self, EventFilter},
    jwt_keys,
};
use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{MakeWriter, format::FmtSpan},
};

use crate::database::{TestDb, session_id, user, with_sessions};

on_each_database!(no_secret_is_logged);

const KEY: &str = "5ec2e70f5ec2e70f5ec2e70f5ec2e70f5ec2e70f5ec2e70f5ec2e70f5ec2e70f";
const SECRETS: [&str; 6] =
    [KEY, "engine-state-text", "event-payload-text", "signing-secret-text", "$argon2id$", "password-of-the-database"];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

async fn no_secret_is_logged(mut db: TestDb) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(log.clone())
        .finish();
    // Another test of the same process may have set one, which then hears this test too.
    let own = tracing::subscriber::set_global_default(subscriber).is_ok();
    db.key = MasterKey::parse(&KEY.to_owned().into(), "test").unwrap();
    db.url = db.url.replacen("postgres@", "postgres:password-of-the-database@", 1);
    full_run(&db).await.unwrap();
    let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(!own || text.contains("sea_orm") || text.contains("sqlx"), "the log is loud: {text}");
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
    assert!(!text.contains(&format!("{:?}", b"engine-state-text")), "as bytes");
}

async fn full_run(db: &TestDb) -> Result<(), StoreError> {
    let store = db.try_open().await?;
    with_sessions(&store, &["a"]).await;
    let a = session_id("a");
    store
        .write(|tx| {
            Box::pin(async move {
                let (a, now) = (session_id("a"), Timestamp::from_secs(1));
                auth_state::put(tx, &a, "creds", "me", b"engine-state-text").await?;
                events::append(tx, &a, "message.received", now, b"event-payload-text").await?;
                jwt_keys::insert(tx, "k", &b"signing-secret-text".to_vec().into(), now).await
            })
        })
        .await?;
    let taken = store.write(|tx| Box::pin(async move { switchboard_store::users::insert(tx, &user("admin")).await }));
    assert!(taken.await.is_err());
    auth_state::get(store.reader(), &a, "creds", "me").await?;
    events::after(store.reader(), 0, &EventFilter::default(), 10).await?;
    jwt_keys::list(store.reader()).await?;
    store.rekey(MasterKey::generate()?).await?;
    store.close().await;
    Ok(())
}
