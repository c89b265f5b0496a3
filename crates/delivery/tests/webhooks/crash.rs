//! kill -9 in the middle of deliveries, again and again: nothing committed is lost, and only attempts under way are
//! made again, under the same ids.

use std::{
    collections::{HashMap, HashSet},
    env,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::Duration,
};

use switchboard_core::{Caller, DeliveryQuery};
use switchboard_delivery::{Encoders, Settings, Worker};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{DeliveryState, EventBody, SessionId, SystemClock, Timestamp};
use switchboard_store::{MasterKey, Store, StoreOptions};
use tokio_util::sync::CancellationToken;

use crate::{
    house::{ADMIN, core, quick, session, to},
    receiver::{Receiver, Seen},
};

const DIR: &str = "SWITCHBOARD_TEST_DELIVERY_DIR";
const URL: &str = "SWITCHBOARD_TEST_DELIVERY_URL";
const KILLS: &str = "SWITCHBOARD_TEST_KILLS";
const SESSIONS: [&str; 8] = ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"];
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const AT_ONCE: usize = 32;

#[test]
fn nothing_is_lost_however_often_the_gateway_is_killed() {
    let kills: usize = env::var(KILLS).map_or(12, |kills| kills.parse().unwrap());
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(|_| 200.into()));
    let mut committed = HashSet::new();
    for i in 0..kills {
        committed.extend(Life::until(&folder, &receiver, End::After(60 + 37 * (i % 5))).run());
    }
    committed.extend(Life::until(&folder, &receiver, End::Drained).run());
    check(&receiver.seen(), &committed, kills);
}

#[test]
fn nothing_is_lost_when_the_disk_is_full() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(|_| 200.into()));
    let mut committed = HashSet::new();
    for kib in [4600, 5200] {
        committed.extend(Life::until(&folder, &receiver, End::DiskFull(kib)).run());
    }
    assert!(committed.len() > 100, "the disk was full too soon for this to show anything: {}", committed.len());
    committed.extend(Life::until(&folder, &receiver, End::Drained).run());
    // Each life may repeat what it could not write down, over and over.
    check(&receiver.seen(), &committed, receiver.seen().len());
}

/// A gateway from its start to its end.
struct Life {
    dir: std::path::PathBuf,
    url: String,
    end: End,
}

/// When a life ends.
#[derive(Clone, Copy)]
enum End {
    /// Killed once it committed so many events.
    After(usize),
    /// Killed once its files cannot grow beyond so many KiB.
    DiskFull(usize),
    /// By itself, when everything is delivered.
    Drained,
}

impl Life {
    fn until(folder: &tempfile::TempDir, receiver: &Receiver, end: End) -> Self {
        Self { dir: folder.path().to_owned(), url: receiver.url(), end }
    }

    /// With the limit of the system, which the shell sets; the signal that comes with it is ignored.
    fn command(&self) -> Command {
        let program = env::current_exe().unwrap();
        let End::DiskFull(kib) = self.end else { return Command::new(program) };
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"")]).arg(program);
        shell
    }

    /// The events that it said were committed.
    fn run(self) -> HashSet<String> {
        let drained = matches!(self.end, End::Drained);
        let mut child = self
            .command()
            .args(["--ignored", "--exact", "crash::the_gateway_that_is_killed", "--nocapture"])
            .env(DIR, &self.dir)
            .env(URL, &self.url)
            .env("SWITCHBOARD_TEST_DRAIN", if drained { "1" } else { "" })
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut committed = HashSet::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let Ok(line) = line else { break };
            committed.extend(line.strip_prefix("committed ").map(str::to_owned));
            let over = match self.end {
                End::After(count) => committed.len() >= count,
                End::DiskFull(_) => line == "full",
                End::Drained => false,
            };
            if over {
                child.kill().unwrap();
            }
        }
        let status = child.wait().unwrap();
        assert_eq!(status.success(), drained, "{status}");
        committed
    }
}

fn check(seen: &[Seen], committed: &HashSet<String>, kills: usize) {
    let mut ids: HashMap<String, HashSet<String>> = HashMap::new();
    let mut newest: HashMap<String, i64> = HashMap::new();
    for seen in seen {
        let event = seen.json();
        let code = event["data"]["code"].as_str().unwrap().to_owned();
        let first = ids.entry(code).or_default();
        first.insert(seen.id().to_owned());
        // The first event told of the session's making, before anybody subscribed.
        let newest = newest.entry(seen.session()).or_insert(1);
        assert!(seen.seq() <= *newest + 1, "session {} went from {newest} to {}", seen.session(), seen.seq());
        *newest = (*newest).max(seen.seq());
    }
    let lost: Vec<_> = committed.iter().filter(|code| !ids.contains_key(*code)).collect();
    assert!(lost.is_empty(), "committed and never delivered: {lost:?}");
    assert!(ids.values().all(|ids| ids.len() == 1), "an event keeps its webhook-id");
    let repeats = seen.len() - ids.len();
    println!("{kills} kills, {} events committed, {} delivered, {repeats} repeated", committed.len(), ids.len());
    assert!(repeats <= kills * AT_ONCE, "{repeats} repeats after {kills} kills");
}

#[test]
#[ignore = "run by the test beside it, in a process of its own"]
fn the_gateway_that_is_killed() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(live());
}

async fn live() {
    let dir = env::var(DIR).unwrap();
    let store = Store::open(StoreOptions {
        url: format!("sqlite:{dir}/whatsapp.db").parse().unwrap(),
        master_key: MasterKey::parse(&KEY.to_owned().into(), "the test").unwrap(),
        clock: std::sync::Arc::new(SystemClock),
        read_connections: 3,
    })
    .await
    .unwrap();
    let core = core(store, Egress::new(EgressPolicy::with_loopback()).unwrap(), "one").await;
    if core.webhooks(&ADMIN, Default::default()).await.unwrap().is_empty() {
        for id in SESSIONS {
            session(&core, id).await;
        }
        core.create_webhook(&ADMIN, to(env::var(URL).unwrap())).await.unwrap();
    }
    let stop = CancellationToken::new();
    let settings = Settings { at_once: AT_ONCE, at_once_each: AT_ONCE, ..quick() };
    let worker = tokio::spawn(Worker::new(&core, Encoders::default(), settings).unwrap().run(stop.clone()));
    let drain = env::var("SWITCHBOARD_TEST_DRAIN").is_ok_and(|word| !word.is_empty());
    let rounds = if drain { 5 } else { usize::MAX };
    for _ in 0..rounds {
        round(&core).await;
    }
    let pending = DeliveryQuery { state: Some(DeliveryState::Pending), ..DeliveryQuery::default() };
    while !core.deliveries(&Caller::System, pending.clone()).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    worker.await.unwrap();
}

/// One event for each session, and word of it once it is committed.
async fn round(core: &switchboard_core::Core) {
    for id in SESSIONS {
        let session: SessionId = id.parse().unwrap();
        let code = switchboard_model::EventId::generate().0;
        let body = EventBody::SessionQr { code: code.clone(), expires_at: Timestamp::from_secs(0) };
        let stored = core.append_events(&session, vec![body]).await;
        let word = if stored.is_ok() { format!("committed {code}") } else { "full".to_owned() };
        writeln!(std::io::stdout().lock(), "{word}").unwrap();
    }
}
