//! Each sink against a server of its own: stopped, killed and started again while events come in.

mod amqp;
mod nats;
mod redis;
mod server;
mod supabase;
mod unfit;

use std::{collections::HashSet, future::Future, time::Duration};

use switchboard_core::{Caller, Core, EventQuery};
use switchboard_delivery::{
    Encoders,
    sinks::{Follower, Sink, SinkSettings, SinkState},
};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::SessionId;
use switchboard_store::Store;
use tokio::{sync::watch, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::house::{core, emit, session};
use server::Server;

const SOON: Duration = Duration::from_secs(240);

/// As the real ones, in small steps.
fn quick() -> SinkSettings {
    SinkSettings {
        batch: 32,
        timeout: Duration::from_secs(10),
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(200),
        check_every: Duration::from_millis(100),
        ..SinkSettings::default()
    }
}

/// A gateway with one sink.
struct Bench {
    core: Core,
    session: SessionId,
    run: Option<Run>,
}

struct Run {
    stop: CancellationToken,
    state: watch::Receiver<SinkState>,
    task: JoinHandle<()>,
}

impl Bench {
    async fn open() -> Self {
        let egress = Egress::new(EgressPolicy::with_loopback()).unwrap();
        let core = core(Store::in_memory().await.unwrap(), egress, "one").await;
        let session = session(&core, "sales").await;
        Self { core, session, run: None }
    }

    fn follow(&mut self, sink: impl Sink + 'static) {
        let follower = Follower::new(&self.core, "sink", sink, Encoders::default(), quick()).unwrap();
        let (stop, state) = (CancellationToken::new(), follower.state());
        let task = tokio::spawn(follower.run(stop.clone()));
        self.run = Some(Run { stop, state, task });
    }

    async fn emit(&self, count: usize) {
        for _ in 0..count / 10 {
            emit(&self.core, &self.session, 10).await;
        }
    }

    /// As a crash does: nothing is finished and nothing let go of.
    async fn crash(&mut self) {
        let run = self.run.take().unwrap();
        run.task.abort();
        let _ = run.task.await;
    }

    async fn stop(&mut self) {
        let run = self.run.take().unwrap();
        run.stop.cancel();
        run.task.await.unwrap();
    }

    async fn until(&mut self, wanted: impl Fn(&SinkState) -> bool) -> SinkState {
        let state = &mut self.run.as_mut().unwrap().state;
        tokio::time::timeout(SOON, state.wait_for(wanted)).await.expect("in time").unwrap().clone()
    }

    /// The ids of all events, in order.
    async fn ids(&self) -> Vec<String> {
        let (mut ids, mut after) = (Vec::new(), 0);
        loop {
            let query = EventQuery { limit: Some(1000), ..EventQuery::default() };
            let page = self.core.events(&Caller::System, &query, after).await.unwrap();
            if page.events.is_empty() {
                return ids;
            }
            ids.extend(page.events.into_iter().map(|event| event.id.0));
            after = page.next;
        }
    }

    /// Waits until everything has arrived, and checks it; returns how many arrived more than once.
    async fn all_arrived<F: Future<Output = Vec<String>>>(&self, arrived: impl Fn() -> F) -> usize {
        let (ids, begun) = (self.ids().await, Instant::now());
        loop {
            let arrived = arrived().await;
            let known: HashSet<_> = arrived.iter().collect();
            if ids.iter().all(|id| known.contains(id)) {
                assert_eq!(known.len(), ids.len(), "what is repeated has the same id");
                let mut seen = HashSet::new();
                let firsts: Vec<_> = arrived.iter().filter(|id| seen.insert(*id)).cloned().collect();
                assert_eq!(firsts, ids, "the order is kept");
                return arrived.len() - ids.len();
            }
            assert!(begun.elapsed() < SOON, "{} of {} arrived", known.len(), ids.len());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn failing(state: &SinkState) -> bool {
    matches!(state, SinkState::Failing(_))
}

/// The whole story, for a server that can be stopped: `sink` connects to it, `arrived` reads what it has.
async fn nothing_is_lost<S: Sink + 'static, F: Future<Output = Vec<String>>>(
    server: &mut Server,
    sink: impl Fn() -> S,
    arrived: impl Fn() -> F,
) {
    let mut bench = Bench::open().await;
    bench.emit(50).await;
    bench.follow(sink());
    assert_eq!(bench.all_arrived(&arrived).await, 0, "nothing happened that would repeat an event");

    // Away while events come in.
    server.stop();
    bench.emit(100).await;
    let SinkState::Failing(why) = bench.until(failing).await else { unreachable!() };
    assert!(!why.contains("hush"), "{why}");
    server.start();
    bench.until(|state| *state == SinkState::Well).await;
    bench.all_arrived(&arrived).await;

    // Killed in the middle of the stream.
    for _ in 0..server.kills() {
        bench.emit(200).await;
        server.kill();
        bench.emit(100).await;
        bench.until(failing).await;
        server.start();
        bench.until(|state| *state == SinkState::Well).await;
    }
    bench.all_arrived(&arrived).await;

    // The gateway dies and another life goes on from its cursor.
    for _ in 0..10 {
        bench.emit(100).await;
        bench.crash().await;
        bench.follow(sink());
    }
    let repeated = bench.all_arrived(&arrived).await;
    println!("{repeated} events arrived more than once");
    bench.stop().await;
}
