//! kill -9 in the middle of a thousand concurrent writes: what was acknowledged is there, positions are whole.

use std::{
    collections::HashSet,
    env,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use futures_util::{StreamExt, stream};
use rand::RngExt;
use secrecy::SecretString;
use switchboard_model::{ManualClock, Timestamp};
use switchboard_store::{
    DatabaseUrl, MasterKey, Store, StoreError, StoreOptions, auth_state,
    events::{self, EventFilter, EventRow},
};

use crate::database::{TestDb, session_id, with_sessions};

on_each_database!(nothing_acknowledged_is_lost_in_a_crash);

const URL: &str = "SWITCHBOARD_TEST_CRASH_URL";
const KEY: &str = "SWITCHBOARD_TEST_CRASH_KEY";
const SESSIONS: &[&str] = &["a", "b", "c"];

async fn nothing_acknowledged_is_lost_in_a_crash(db: TestDb) {
    let bytes: [u8; 32] = rand::rng().random();
    let hex = hex::encode(bytes);
    let db = db.with_key(key(&hex));
    let store = db.open().await;
    with_sessions(&store, SESSIONS).await;
    store.close().await;
    let acknowledged = run_and_kill(&db.url, &hex, rand::rng().random_range(1..900));
    check(&db.open().await, &acknowledged).await;
}

/// The numbers that the child said were committed, all that it got out before it died.
fn run_and_kill(url: &str, key: &str, after: usize) -> HashSet<u32> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "crash::the_process_that_is_killed", "--nocapture"])
        .envs([(URL, url), (KEY, key)])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = HashSet::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        acknowledged.extend(line.strip_prefix("ack ").map(|number| number.parse::<u32>().unwrap()));
        if acknowledged.len() == after {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert!(!status.success(), "it was killed");
    assert!(acknowledged.len() >= after, "only {} writes were acknowledged", acknowledged.len());
    acknowledged
}

async fn check(store: &Store, acknowledged: &HashSet<u32>) {
    // A server may still be committing for the dead client; this waits for the same lock.
    write(store, u32::MAX).await.unwrap();
    let log = events::after(store.reader(), 0, &EventFilter::default(), 100_000).await.unwrap();
    let positions: Vec<i64> = log.iter().map(|event| event.pos).collect();
    assert_eq!(positions, (1..=i64::try_from(log.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(events::head(store.reader()).await.unwrap(), i64::try_from(log.len()).unwrap());
    for session in SESSIONS {
        let seqs: Vec<i64> = log.iter().filter(|e| e.session.as_str() == *session).map(|e| e.seq).collect();
        assert_eq!(seqs, (1..=i64::try_from(seqs.len()).unwrap()).collect::<Vec<_>>());
    }
    let numbers: HashSet<u32> = log.iter().map(number).collect();
    let lost: Vec<_> = acknowledged.difference(&numbers).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert_eq!(rows(store).await, numbers, "each event has its row, each row its event");
}

fn number(event: &EventRow) -> u32 {
    String::from_utf8_lossy(&event.payload).parse().unwrap()
}

async fn rows(store: &Store) -> HashSet<u32> {
    let mut numbers = HashSet::new();
    for session in SESSIONS {
        let values = auth_state::list(store.reader(), &session_id(session), "crash", "").await.unwrap();
        numbers.extend(values.iter().map(|(id, _)| id.parse::<u32>().unwrap()));
    }
    numbers
}

/// A row and an event in one command.
async fn write(store: &Store, number: u32) -> Result<(), StoreError> {
    store
        .write(move |tx| {
            Box::pin(async move {
                let session = session_id(SESSIONS[number as usize % SESSIONS.len()]);
                let text = number.to_string();
                auth_state::put(tx, &session, "crash", &text, text.as_bytes()).await?;
                let at = Timestamp::from_secs(1_700_000_000);
                events::append(tx, &session, "message.received", at, text.as_bytes()).await.map(drop)
            })
        })
        .await
}

fn key(hex: &str) -> MasterKey {
    MasterKey::parse(&SecretString::from(hex.to_owned()), "test").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "not a test: the process that the crash tests start and kill"]
#[expect(clippy::disallowed_methods, reason = "tests have no configuration but their environment")]
async fn the_process_that_is_killed() {
    let url: DatabaseUrl = env::var(URL).unwrap().parse().unwrap();
    let clock = std::sync::Arc::new(ManualClock::default());
    let master_key = key(&env::var(KEY).unwrap());
    let store = Store::open(StoreOptions { url, master_key, clock, read_connections: 1 }).await.unwrap();
    stream::iter(0..1_000_000u32)
        .for_each_concurrent(1000, |number| {
            let store = store.clone();
            async move {
                write(&store, number).await.unwrap();
                writeln!(std::io::stdout().lock(), "ack {number}").unwrap();
            }
        })
        .await;
}
