//! The running network: its state under one lock, its lines, its listener.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use switchboard_model::{Clock, SystemClock};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wacore_binary::Node;

use crate::control;
use crate::domain::{Changes, ConnId, World};
use crate::router::{self, Arrived};
use crate::storage::{Storage, StorageError};
use crate::wire::{Line, Outbound, SavedKeys, ServerKeys};

/// Changes of this long go to disk together.
const DEBOUNCE: Duration = Duration::from_millis(3);

#[derive(Clone, Debug)]
pub struct NetworkOptions {
    /// Loopback only: whoever reaches the network can be anybody on it.
    pub listen: SocketAddr,
    /// Where the network's state is kept; without it everything is forgotten at the end.
    pub data_dir: Option<PathBuf>,
}

#[derive(Debug, Error)]
pub enum NetworkError {
    #[error(
        "{0} is not a loopback address: whoever reaches the sandbox can be anybody on it, so it is not served to others"
    )]
    NotLoopback(SocketAddr),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("the network's saved keys are unusable: {0}")]
    Keys(String),
}

/// A network that runs until it is shut down. Dropping it stops it without a last write to disk.
pub struct Network {
    addr: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
    writer: JoinHandle<()>,
    /// Told only when nothing can change any more.
    written: CancellationToken,
}

impl Network {
    pub async fn start(options: NetworkOptions) -> Result<Self, NetworkError> {
        Self::start_with_clock(options, Arc::new(SystemClock)).await
    }

    pub async fn start_with_clock(options: NetworkOptions, clock: Arc<dyn Clock>) -> Result<Self, NetworkError> {
        if !options.listen.ip().is_loopback() {
            return Err(NetworkError::NotLoopback(options.listen));
        }
        let failed = |e| NetworkError::Listen(options.listen, e);
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let (shared, storage) = Shared::open(options.data_dir, clock)?;
        let written = CancellationToken::new();
        let server = tokio::spawn(control::serve(listener, Arc::clone(&shared)));
        let writer = tokio::spawn(persist(Arc::clone(&shared), storage, written.clone()));
        Ok(Self { addr, shared, server, writer, written })
    }

    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL a client is given.
    pub fn url(&self) -> String {
        format!("ws://{}/ws/chat", self.addr)
    }

    /// The control API, to be served from another listener as well. It answers to this machine only there too.
    pub fn control(&self) -> axum::Router {
        control::api(Arc::clone(&self.shared))
    }

    /// Closes every line and writes what is not yet on disk.
    pub async fn shutdown(mut self) {
        self.shared.stop.cancel();
        // A task that panicked has said so already.
        let _ = (&mut self.server).await;
        self.written.cancel();
        let _ = (&mut self.writer).await;
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.shared.stop.cancel();
        self.server.abort();
        self.writer.abort();
    }
}

/// What every connection and every control request works on.
pub(crate) struct Shared {
    keys: ServerKeys,
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    stop: CancellationToken,
    pub(crate) media: Arc<control::MediaHost>,
    /// Rises with every change; readers that wait for news watch it.
    revision: watch::Sender<u64>,
    /// The last revision that is on disk.
    durable: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    world: World,
    lines: HashMap<ConnId, Line>,
    revision: u64,
}

impl Shared {
    fn open(data_dir: Option<PathBuf>, clock: Arc<dyn Clock>) -> Result<(Arc<Self>, Option<Storage>), NetworkError> {
        let now = u64::try_from(clock.now().secs()).unwrap_or_default();
        let storage = data_dir.map(Storage::open).transpose()?;
        let saved = match &storage {
            Some(storage) => storage.keys_or(|| SavedKeys::generate(now))?,
            None => SavedKeys::generate(now),
        };
        let mut world = World::default();
        for account in storage.as_ref().map(Storage::accounts).transpose()?.unwrap_or_default() {
            world.insert(account);
        }
        let groups = storage.as_ref().map(Storage::groups).transpose()?.unwrap_or_default();
        world.groups = groups.into_iter().map(|group| (group.id.clone(), group)).collect();
        let newsletters = storage.as_ref().map(Storage::newsletters).transpose()?.unwrap_or_default();
        world.newsletters = newsletters.into_iter().map(|newsletter| (newsletter.id.clone(), newsletter)).collect();
        let durable = if storage.is_some() { 0 } else { u64::MAX };
        let shared = Self {
            media: Arc::clone(&world.media),
            keys: ServerKeys::load(&saved).map_err(|e| NetworkError::Keys(e.to_string()))?,
            clock,
            inner: Mutex::new(Inner { world, ..Inner::default() }),
            stop: CancellationToken::new(),
            revision: watch::channel(0).0,
            durable: watch::channel(durable).0,
        };
        Ok((Arc::new(shared), storage))
    }

    pub(crate) fn keys(&self) -> &ServerKeys {
        &self.keys
    }

    /// Looks at or changes the network's state. What is to be said goes on the lines before anybody else can look.
    pub(crate) fn with<T>(&self, job: impl FnOnce(&mut World) -> T) -> T {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.world.now = self.clock.now();
        let result = job(&mut inner.world);
        self.settle(&mut inner);
        result
    }

    /// As [`Self::with`], returning once the change is on disk.
    pub(crate) async fn commit<T>(&self, job: impl FnOnce(&mut World) -> T) -> T {
        let (result, revision) = {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            inner.world.now = self.clock.now();
            let result = job(&mut inner.world);
            self.settle(&mut inner);
            (result, inner.revision)
        };
        // An error means that the network is gone, and its caller with it.
        let _ = self.durable.subscribe().wait_for(|written| *written >= revision).await;
        result
    }

    fn settle(&self, inner: &mut Inner) {
        if inner.world.is_changed() {
            inner.revision += 1;
            self.revision.send_replace(inner.revision);
        }
        let revision = inner.revision;
        for dispatch in inner.world.take_outbox() {
            if let Some(line) = inner.lines.get(&dispatch.to) {
                line.push(Outbound { parcel: dispatch.parcel, revision, delay: dispatch.delay });
            }
        }
    }

    pub(crate) fn admit(&self, conn: ConnId, line: Line, arrived: Arrived) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.world.now = self.clock.now();
        inner.lines.insert(conn, line);
        router::admit(&mut inner.world, conn, arrived);
        self.settle(&mut inner);
    }

    pub(crate) fn route(&self, conn: ConnId, stanza: &Node) {
        self.with(|world| router::route(world, conn, stanza));
    }

    pub(crate) fn close(&self, conn: ConnId, reason: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.world.now = self.clock.now();
        inner.lines.remove(&conn);
        inner.world.close_line(conn, reason);
        self.settle(&mut inner);
        // Those who wait for the outcome of a pairing hear of its end too.
        self.revision.send_modify(|_| {});
    }

    /// For those who wait for something to happen.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    pub(crate) fn durable(&self) -> watch::Receiver<u64> {
        self.durable.subscribe()
    }

    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// The accounts that changed since the last call, as they are to be written.
    fn changes(&self) -> (u64, Saved) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { world, revision, .. } = &mut *inner;
        let Changes { accounts, removed, groups, newsletters } = std::mem::take(&mut world.changed);
        let written = accounts.into_iter().filter_map(|number| {
            let account = world.accounts.get_mut(&number)?;
            let log = account.phone.take_log_lines();
            Some(SavedAccount { number, state: serde_json::to_vec(account), log })
        });
        let groups = groups.into_iter().map(|id| {
            let state = world.groups.get(&id).map(serde_json::to_vec);
            (id, state)
        });
        let newsletters = newsletters.into_iter().map(|id| {
            let state = world.newsletters.get(&id).map(serde_json::to_vec);
            (id, state)
        });
        let (groups, newsletters) = (groups.collect(), newsletters.collect());
        (*revision, Saved { groups, newsletters, written: written.collect(), removed })
    }

    /// Without a data directory nothing has to be written.
    fn forget_changes(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Changes { accounts, .. } = std::mem::take(&mut inner.world.changed);
        for number in accounts {
            if let Some(account) = inner.world.accounts.get_mut(&number) {
                account.phone.forget_log_changes();
            }
        }
    }
}

pub(crate) struct Saved {
    pub(crate) written: Vec<SavedAccount>,
    pub(crate) removed: std::collections::BTreeSet<String>,
    /// By id; those without a state are to be removed.
    pub(crate) groups: Vec<Place>,
    pub(crate) newsletters: Vec<Place>,
}

/// A place where many meet, by its id.
pub(crate) type Place = (String, Option<serde_json::Result<Vec<u8>>>);

pub(crate) struct SavedAccount {
    pub(crate) number: String,
    pub(crate) state: serde_json::Result<Vec<u8>>,
    /// To be appended to what was written before.
    pub(crate) log: Vec<u8>,
}

/// Writes changes down as they come, and the last ones at the end.
async fn persist(shared: Arc<Shared>, storage: Option<Storage>, last: CancellationToken) {
    let mut news = shared.news();
    loop {
        let stopping = tokio::select! {
            changed = news.changed() => changed.is_err(),
            () = last.cancelled() => true,
        };
        if !stopping {
            tokio::time::sleep(DEBOUNCE).await;
        }
        if let Some(storage) = &storage {
            let (revision, saved) = shared.changes();
            if let Err(error) = storage.write(saved).await {
                tracing::error!(%error, "the network's state cannot be written; it stops");
                shared.stop.cancel();
                // Whoever waits for the disk would wait for ever.
                shared.durable.send_replace(u64::MAX);
                return;
            }
            shared.durable.send_replace(revision);
        } else {
            shared.forget_changes();
        }
        if stopping {
            return;
        }
    }
}
