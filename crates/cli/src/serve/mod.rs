//! The composition root: what is started, in which order, and how it stops.
//!
//! [`Gateway::start`] takes the data directory, opens the store and every listener; from then on the gateway
//! answers. [`Gateway::run`] keeps it going until it is asked to stop or a worker fails, then takes it down in order.

mod banner;
mod bus;
pub(crate) mod compose;
mod fatal;
pub(crate) mod first_start;
mod health;
mod http;
mod instance;
mod listeners;
mod lock;
mod metrics;
mod pages;
mod replicas;
mod routes;
mod signals;
mod sinks;
pub(crate) mod storage;
pub(crate) mod tls;
mod workers;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use switchboard_core::{Caller, Core, Jobs, Supervisor};
use switchboard_delivery::Worker;
use switchboard_store::Store;
use tokio_util::sync::CancellationToken;

pub use fatal::Fatal;
pub use health::{Condition, Health};
pub use lock::DataDir;
pub use signals::Signals;
pub use workers::{Stop, Workers};

use crate::config::{Config, Listener};
use crate::logs;
use listeners::Bound;
use replicas::Replicas;
use routes::Surfaces;
use tls::Certificate;

/// How long requests and workers may take to finish after the gateway was asked to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running gateway.
pub struct Gateway {
    workers: Workers,
    store: Store,
    sockets: Vec<(Listener, SocketAddr)>,
    // Dropped last: until everything has ended the directory is ours, and the log is written.
    data_dir: DataDir,
    log: logs::LogGuard,
}

impl Gateway {
    /// Starts everything. When this returns, every listener answers.
    pub async fn start(config: Config) -> Result<Self, Fatal> {
        Self::start_beside(config, None).await
    }

    /// The same, with the control API of a simulated network that the dashboard shows the phones of.
    pub async fn start_beside(config: Config, network: Option<Router>) -> Result<Self, Fatal> {
        let data_dir = DataDir::take(&config.data_dir)?;
        let log = start_log(&config)?;
        // Before the store: a port in use should not leave a new database behind.
        let bound = listeners::bind(&config.listen).await?;
        let certificate = config.front.tls.clone().map(Certificate::load).transpose()?;
        let store = storage::open(&config).await?;
        let core = compose::core(&config, &store, instance::name(&data_dir)?)?;
        let made = first_start::make(&core, &config).await?;
        core.restore_sessions(&Caller::System).await;
        let workers = Workers::default();
        let sockets: Vec<_> = bound.iter().map(|b| (b.listener, b.socket)).collect();
        // Before anything counts: what is counted without a recorder is lost.
        let recorder = metrics::start(store.clone());
        workers.spawn("the metrics upkeep", metrics::upkeep(recorder.clone(), workers.stop()));
        workers.spawn("the census", metrics::census(core.clone(), workers.stop()));
        let parted = CancellationToken::new();
        let health = bus::start(&config, &core, &workers, &parted, health(&store))?;
        spawn_jobs(&core, &workers, parted)?;
        let health = sinks::start(&config, &core, &workers, health)?;
        tell_doubts(&store).await;
        let dashboard = pages::dashboard(&config, &health, &recorder, network);
        let metrics = metrics::router(recorder);
        let surfaces = Surfaces::new(&config, core, &health, metrics, dashboard, workers.stop().soft);
        workers.spawn("the dashboard's measuring", endless(surfaces.watch()));
        let acceptor = certificate.as_ref().map(Certificate::acceptor).transpose()?;
        if let Some(certificate) = certificate {
            workers.spawn("the renewal of the certificate", certificate.follow_hangups(workers.stop()));
        }
        let routes = routes(&bound, &surfaces, &store)?;
        for (bound, routes) in bound.into_iter().zip(routes) {
            bound.serve(routes, acceptor.clone(), &workers);
        }
        tracing::info!(version = env!("CARGO_PKG_VERSION"), database = %config.database.place(), "started");
        first_start::show(&made)?;
        banner::print(&config, &sockets);
        Ok(Self { workers, store, sockets, data_dir, log })
    }

    /// Where each listener really is.
    #[must_use]
    pub fn sockets(&self) -> &[(Listener, SocketAddr)] {
        &self.sockets
    }

    /// Goes on until `asked` completes or a worker fails, then stops in order. `hurry` cuts the wait short.
    pub async fn run(mut self, asked: impl Future<Output = ()>, hurry: impl Future<Output = ()>) -> Result<(), Fatal> {
        let failure = tokio::select! {
            () = asked => None,
            fatal = self.workers.failure() => Some(fatal),
        };
        tracing::info!("stopping");
        let stopped = self.workers.shut_down(PATIENCE, hurry).await;
        self.store.close().await;
        let outcome = failure.map_or(stopped, Err);
        match &outcome {
            Ok(()) => tracing::info!("stopped"),
            Err(fatal) => tracing::error!(reason = %fatal, "stopped"),
        }
        drop((self.log, self.data_dir));
        outcome
    }
}

/// What each listener serves; with the other gateways behind it where there can be others.
fn routes(bound: &[Bound], surfaces: &Surfaces, store: &Store) -> Result<Vec<Router>, Fatal> {
    let own = |bound: &Bound| surfaces.routes(bound.listener, bound.socket);
    if !store.is_shared() {
        return Ok(bound.iter().map(own).collect());
    }
    let replicas = Replicas::new(store.clone(), bound.iter().map(|b| (b.listener, own(b))).collect())?;
    Ok(bound.iter().map(|b| replicas.routes(b.listener)).collect())
}

fn start_log(config: &Config) -> Result<logs::LogGuard, Fatal> {
    logs::start(&config.log).map_err(|why| {
        let path = config.log.file.clone().unwrap_or_default();
        Fatal::LogFile { path, why }
    })
}

/// `parted` is cancelled once no session runs here any more.
fn spawn_jobs(core: &Core, workers: &Workers, parted: CancellationToken) -> Result<(), Fatal> {
    let stop = workers.stop().soft;
    let deliveries = Worker::new(core, compose::encoders(), switchboard_delivery::Settings::default())?;
    let (supervisor, jobs) = (Supervisor::new(core.clone()), Jobs::new(core.clone()));
    let supervised = supervisor.run(stop.clone());
    workers.spawn("the supervisor of the sessions", async move {
        supervised.await;
        parted.cancel();
        Ok::<_, Infallible>(())
    });
    workers.spawn("the deliveries", endless(deliveries.run(stop.clone())));
    workers.spawn("the periodic jobs", endless(jobs.run(stop)));
    Ok(())
}

/// For work that cannot fail, only end.
async fn endless(work: impl Future<Output = ()>) -> Result<(), Infallible> {
    work.await;
    Ok(())
}

/// Settings of the database server that may cost what it confirmed: the operator should know from the first line on.
async fn tell_doubts(store: &Store) {
    match store.durability_doubts().await {
        Ok(doubts) => {
            doubts.iter().for_each(|doubt| tracing::warn!(database = %doubt, "the database is set to be forgetful"));
        }
        Err(error) => tracing::warn!(%error, "whether the database survives a power loss is unknown"),
    }
}

fn health(store: &Store) -> Health {
    let store = store.clone();
    Health::default().with("database", move || {
        let store = store.clone();
        async move {
            match store.look_for_events().await {
                Ok(_) => Condition::Ok,
                Err(error) => Condition::Down(error.to_string()),
            }
        }
    })
}
