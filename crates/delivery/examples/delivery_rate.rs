//! How fast webhooks leave, and what a long backlog and a hanging receiver cost. On SQLite, in a temporary folder.
//!
//!     cargo run --release -p switchboard-delivery --example delivery_rate -- [EVENTS] [SESSIONS] [BACKLOG]

#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use switchboard_core::{Caller, Core, CreateSession, NewWebhook, Parts, Settings, engine::fake::FakeEngine};
use switchboard_delivery::{Encoders, Settings as Speed, Worker};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{EventBody, Origin, SessionId, SystemClock, Timestamp, UserId};
use switchboard_store::{MasterKey, Store, StoreOptions};
use tokio::{net::TcpListener, time::Instant};
use tokio_util::{bytes::Bytes, sync::CancellationToken};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const ADMIN: Caller = Caller::Admin(UserId::ADMIN);

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let mut next = |usual| arguments.next().unwrap_or(Ok(usual));
    let (events, sessions, backlog) = (next(20_000)?, next(200)?, next(100_000)?);
    rate(events, sessions).await?;
    memory(backlog, sessions).await?;
    hanging(events / 4, sessions).await
}

/// Events appended as fast as they go, and delivered meanwhile.
async fn rate(events: usize, sessions: usize) -> Outcome<()> {
    let (house, receiver) = (House::open(sessions).await?, Receiver::start(Duration::ZERO)?);
    house.webhook(&receiver).await?;
    let begun = Instant::now();
    house.emit(events, 10).await?;
    let appended = begun.elapsed();
    receiver.until(events).await;
    println!(
        "{events} events of {sessions} sessions appended in {appended:.2?}, all delivered after {:.2?}: {:.0}/s",
        begun.elapsed(),
        per_second(events, begun.elapsed())
    );
    house.stop.cancel();
    Ok(())
}

/// A backlog gathers while the webhook is paused, and then leaves.
async fn memory(backlog: usize, sessions: usize) -> Outcome<()> {
    let (house, receiver) = (House::open(sessions).await?, Receiver::start(Duration::ZERO)?);
    let id = house.webhook(&receiver).await?;
    house.core.pause_webhook(&ADMIN, &id).await?;
    house.emit(1000, 250).await?;
    let before = resident_kib();
    house.emit(backlog, 250).await?;
    let waiting = resident_kib();
    house.core.resume_webhook(&ADMIN, &id).await?;
    let begun = Instant::now();
    receiver.until(backlog + 1000).await;
    println!(
        "{backlog} waiting deliveries: {before} KiB before, {waiting} KiB with them, {} KiB after they left at {:.0}/s",
        resident_kib(),
        per_second(backlog, begun.elapsed())
    );
    house.stop.cancel();
    Ok(())
}

/// The time from commit to arrival at good receivers, without and with one that hangs.
async fn hanging(events: usize, sessions: usize) -> Outcome<()> {
    for hangs in [false, true] {
        let house = House::open(sessions).await?;
        let good = Receiver::start(Duration::ZERO)?;
        house.webhook(&good).await?;
        let other = Receiver::start(if hangs { Duration::from_secs(3600) } else { Duration::ZERO })?;
        house.webhook(&other).await?;
        let mut sent = Vec::new();
        for i in 0..events {
            house.emit_one(i % sessions).await?;
            sent.push(Instant::now());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        good.until(events).await;
        let mut lags = good.lags(&sent);
        lags.sort_unstable();
        println!(
            "{events} events at a steady pace, the other receiver {}: commit to arrival p50 {:.2?}, p99 {:.2?}",
            if hangs { "hangs" } else { "answers" },
            lags[lags.len() / 2],
            lags[lags.len() * 99 / 100]
        );
        house.stop.cancel();
    }
    Ok(())
}

struct House {
    core: Core,
    sessions: Vec<SessionId>,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl House {
    async fn open(sessions: usize) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let store = Store::open(StoreOptions {
            url: format!("sqlite:{}/rate.db", folder.path().display()).parse()?,
            master_key: MasterKey::generate()?,
            clock: Arc::new(SystemClock),
            read_connections: 4,
        })
        .await?;
        let egress = Egress::new(EgressPolicy::with_loopback())?;
        let (clock, engine) = (Arc::new(SystemClock), Arc::new(FakeEngine::new()));
        let core = Core::new(Parts { store, clock, egress, engine, settings: Settings::default() });
        core.ensure_admin(&Caller::System, Some("opensesame".to_owned().into())).await?;
        let mut ids = Vec::new();
        for i in 0..sessions {
            let order = CreateSession { id: Some(format!("s{i}").parse()?), name: None, origin: Origin::Native };
            ids.push(core.create_session(&ADMIN, order).await?.id);
        }
        let stop = CancellationToken::new();
        tokio::spawn(Worker::new(&core, Encoders::default(), Speed::default())?.run(stop.clone()));
        Ok(Self { core, sessions: ids, stop, _folder: folder })
    }

    async fn webhook(&self, receiver: &Receiver) -> Outcome<String> {
        let url = format!("http://{}/hook", receiver.address);
        Ok(self.core.create_webhook(&ADMIN, NewWebhook { url, ..NewWebhook::default() }).await?.webhook.id)
    }

    /// Each commit call carries `each` events; many calls are under way at once, as with many sessions.
    async fn emit(&self, count: usize, each: usize) -> Outcome<()> {
        let mut tasks = tokio::task::JoinSet::new();
        for (i, _) in (0..count).step_by(each).enumerate() {
            let (core, session) = (self.core.clone(), self.sessions[i % self.sessions.len()].clone());
            tasks.spawn(async move { core.append_events(&session, (0..each).map(body).collect()).await });
            if tasks.len() >= 64 {
                tasks.join_next().await.transpose()?.transpose()?;
            }
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(())
    }

    async fn emit_one(&self, session: usize) -> Outcome<()> {
        Ok(self.core.append_events(&self.sessions[session], vec![body(0)]).await?)
    }
}

fn body(i: usize) -> EventBody {
    EventBody::SessionQr { code: format!("{i:0>200}"), expires_at: Timestamp::from_secs(0) }
}

/// On a thread of its own.
struct Receiver {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
    arrivals: Arc<Mutex<Vec<(usize, Instant)>>>,
}

impl Receiver {
    fn start(delay: Duration) -> Outcome<Self> {
        let (count, arrivals) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (told, address) = std::sync::mpsc::channel();
        let (counter, log) = (count.clone(), arrivals.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else { return };
                let _ = listener.local_addr().map(|address| told.send(address));
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = stream.set_nodelay(true);
                    let (counter, log) = (counter.clone(), log.clone());
                    let service = service_fn(move |request| take(request, counter.clone(), log.clone(), delay));
                    tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
                }
            });
        });
        Ok(Self { address: address.recv()?, count, arrivals })
    }

    async fn until(&self, count: usize) {
        while self.count.load(Ordering::SeqCst) < count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// By position: the events of this run follow one another in the log.
    fn lags(&self, sent: &[Instant]) -> Vec<Duration> {
        let arrivals = self.arrivals.lock().map(|arrivals| arrivals.clone()).unwrap_or_default();
        let first = arrivals.iter().map(|(position, _)| *position).min().unwrap_or(0);
        arrivals.iter().map(|(position, at)| at.saturating_duration_since(sent[position - first])).collect()
    }
}

async fn take(
    request: Request<Incoming>,
    count: Arc<AtomicUsize>,
    log: Arc<Mutex<Vec<(usize, Instant)>>>,
    delay: Duration,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let position = serde_json::from_slice::<serde_json::Value>(&body).ok().and_then(|event| event["position"].as_u64());
    if let (Ok(mut log), Some(position)) = (log.lock(), position.and_then(|position| usize::try_from(position).ok())) {
        log.push((position, Instant::now()));
    }
    count.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(delay).await;
    Ok(Response::new(Empty::new()))
}

fn per_second(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / time.as_secs_f64()
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}
