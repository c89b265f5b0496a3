//! An HTTP server on a thread of its own, with answers made up by the test.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use switchboard_model::Timestamp;
use tokio::{net::TcpListener, sync::watch, time::Instant};
use tokio_util::{bytes::Bytes, sync::CancellationToken};

/// A busy machine is slow; a broken test is slower.
const SOON: Duration = Duration::from_secs(240);

/// One request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Counts from 0.
    pub(crate) number: usize,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) at: Instant,
    /// How many were being answered, this one included.
    pub(crate) together: usize,
    pub(crate) status: u16,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) after: Duration,
}

impl From<u16> for Answer {
    fn from(status: u16) -> Self {
        Self { status, headers: Vec::new(), after: Duration::ZERO }
    }
}

type Script = dyn Fn(&Seen) -> Answer + Send + Sync;

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    seen: watch::Sender<Vec<Seen>>,
    connections: Arc<AtomicUsize>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    pub(crate) fn start(script: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_on("127.0.0.1:0".parse().unwrap(), script)
    }

    pub(crate) fn start_on(address: SocketAddr, script: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let (seen, stop) = (watch::Sender::new(Vec::new()), CancellationToken::new());
        let (bound, address_of) = std::sync::mpsc::channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let server = Arc::new(Server {
            seen: seen.clone(),
            connections: connections.clone(),
            together: AtomicUsize::new(0),
            script: Box::new(script),
        });
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind(address).await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! { () = serve(listener, server) => {}, () = stopped.cancelled() => {} }
            });
        });
        Self { address: address_of.recv().unwrap(), seen, connections, stop, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    /// Waits until what arrived is as wanted, and gives it.
    pub(crate) async fn until(&self, wanted: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let mut seen = self.seen.subscribe();
        let found = tokio::time::timeout(SOON, seen.wait_for(|seen| wanted(seen))).await;
        match found {
            Ok(seen) => seen.unwrap().clone(),
            Err(_) => panic!("what was awaited did not arrive; this did: {:#?}", summary(&self.seen.borrow())),
        }
    }

    /// Waits for so many that were answered with 200.
    pub(crate) async fn accepted(&self, count: usize) -> Vec<Seen> {
        self.until(|seen| accepted(seen).count() >= count).await
    }
}

impl Drop for Receiver {
    /// Gone with all its connections.
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Seen {
    pub(crate) fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn session(&self) -> String {
        self.json()["session"].as_str().unwrap().to_owned()
    }

    pub(crate) fn seq(&self) -> i64 {
        self.json()["seq"].as_i64().unwrap()
    }

    pub(crate) fn signed_at(&self) -> Timestamp {
        Timestamp::from_secs(self.headers["webhook-timestamp"].to_str().unwrap().parse().unwrap())
    }
}

pub(crate) fn accepted(seen: &[Seen]) -> impl Iterator<Item = &Seen> {
    seen.iter().filter(|seen| seen.status == 200)
}

/// The sequence numbers that were accepted, for each session.
pub(crate) fn sequences(seen: &[Seen]) -> HashMap<String, Vec<i64>> {
    let mut sequences: HashMap<String, Vec<i64>> = HashMap::new();
    for seen in accepted(seen) {
        sequences.entry(seen.session()).or_default().push(seen.seq());
    }
    sequences
}

fn summary(seen: &[Seen]) -> Vec<String> {
    seen.iter().map(|seen| format!("{} {} {} {}", seen.number, seen.status, seen.path, seen.id())).collect()
}

struct Server {
    seen: watch::Sender<Vec<Seen>>,
    connections: Arc<AtomicUsize>,
    together: AtomicUsize,
    script: Box<Script>,
}

/// Also when the client hangs up.
struct Together(Arc<Server>);

impl Drop for Together {
    fn drop(&mut self) {
        self.0.together.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn serve(listener: TcpListener, server: Arc<Server>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        server.connections.fetch_add(1, Ordering::SeqCst);
        let server = server.clone();
        let service = service_fn(move |request| answer(server.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(server: Arc<Server>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let _one_less = Together(server.clone());
    let together = server.together.fetch_add(1, Ordering::SeqCst) + 1;
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let number = server.seen.borrow().len();
    let (path, at) = (parts.uri.path().to_owned(), Instant::now());
    let mut seen = Seen { number, path, headers: parts.headers, body, at, together, status: 0 };
    let answer = (server.script)(&seen);
    seen.status = answer.status;
    server.seen.send_modify(|all| all.push(seen));
    tokio::time::sleep(answer.after).await;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(Bytes::from_static(b"ok"))).unwrap())
}
