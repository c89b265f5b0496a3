//! How many rows and commits a second the writer does, alone and with 64 callers at once.
//!
//! `cargo run --release -p switchboard-store --example writer_bench -- URL...` (an empty database each; without a URL
//! an SQLite file in a temporary folder).

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::{
    env,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use switchboard_model::{Clock, Desired, Origin, Session, SessionId, SessionState, SystemClock, Timestamp, UserId};
use switchboard_store::{MasterKey, Store, StoreError, StoreOptions, auth_state, events, sessions, users};
use tokio::time::Instant;

const TIME: Duration = Duration::from_secs(5);

#[derive(Clone, Copy)]
enum Work {
    /// One sealed row of 1 KiB.
    Row,
    /// A row and an event, as a message that comes in.
    RowAndEvent,
    /// A row, but one command in a hundred fails and has its batch run again with savepoints.
    SomeFail,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("writer-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut urls: Vec<String> = env::args().skip(1).collect();
    if urls.is_empty() {
        urls.push(format!("sqlite:{}", folder.join("bench.db").display()));
    }
    for url in urls {
        bench(&url).await?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

async fn bench(url: &str) -> Result<(), Box<dyn Error>> {
    let options = StoreOptions {
        url: url.parse()?,
        master_key: MasterKey::generate()?,
        clock: Arc::new(SystemClock),
        read_connections: 2,
    };
    println!("{}", options.url);
    let store = Store::open(options).await?;
    let session: SessionId = "bench".parse()?;
    prepare(&store, session.clone()).await?;
    for (name, work) in [("row", Work::Row), ("row and event", Work::RowAndEvent), ("row, 1 % fail", Work::SomeFail)] {
        for callers in [1, 64] {
            let (commands, commits) = measure(&store, &session, work, callers).await?;
            println!("  {name:13}  {callers:2} callers  {commands:8.0} commands/s  {commits:6.0} commits/s");
        }
    }
    store.close().await;
    Ok(())
}

async fn measure(store: &Store, session: &SessionId, work: Work, callers: usize) -> Result<(f64, f64), StoreError> {
    let (number, before, start) = (AtomicU64::new(0), store.commits(), Instant::now());
    let callers = join_all((0..callers).map(|_| async {
        while start.elapsed() < TIME {
            match write(store, session.clone(), work, number.fetch_add(1, Ordering::Relaxed)).await {
                Ok(()) | Err(StoreError::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok::<_, StoreError>(())
    }));
    callers.await.into_iter().collect::<Result<Vec<()>, _>>()?;
    let seconds = start.elapsed().as_secs_f64();
    let count = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    Ok((count(number.into_inner()) / seconds, count(store.commits() - before) / seconds))
}

async fn write(store: &Store, session: SessionId, work: Work, number: u64) -> Result<(), StoreError> {
    store
        .write(move |tx| {
            let session = session.clone();
            Box::pin(async move {
                auth_state::put(tx, &session, "bench", &(number % 10_000).to_string(), &[7; 1024]).await?;
                if let Work::RowAndEvent = work {
                    events::append(tx, &session, "message.received", Timestamp::from_secs(1), &[7; 512]).await?;
                }
                if matches!(work, Work::SomeFail) && number.is_multiple_of(100) {
                    return Err(StoreError::Invalid("on purpose".to_owned()));
                }
                Ok(())
            })
        })
        .await
}

async fn prepare(store: &Store, id: SessionId) -> Result<(), StoreError> {
    let now = SystemClock.now();
    let session = Session {
        id,
        name: "bench".to_owned(),
        owner: UserId::ADMIN,
        origin: Origin::Native,
        desired: Desired::Connected,
        state: SessionState::Created,
        phone: None,
        lid: None,
        linked: false,
        created_at: now,
        updated_at: now,
    };
    store
        .write(move |tx| {
            let session = session.clone();
            Box::pin(async move {
                let user = users::NewUser {
                    username: "admin".to_owned(),
                    password_hash: String::new(),
                    role: "admin".to_owned(),
                    created_at: session.created_at,
                };
                users::insert(tx, &user).await?;
                sessions::insert(tx, &session).await
            })
        })
        .await
}
