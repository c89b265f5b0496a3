//! The HTTP server of one listener. Our own loop rather than axum's, which never gives up on a client that
//! connects and says nothing: enough of those would use up the process's file descriptors.

mod patience;
mod places;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use switchboard_api::http::Encrypted;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::Stop;
use patience::Patient;
use places::{Placed, Places};

pub(super) use places::most;

/// How long a client may take over the head of its next request, the wait for it included.
pub(super) const IDLE: Duration = Duration::from_secs(75);

/// How long a client may send nothing of a body that it has begun.
pub(super) const STALLED: Duration = Duration::from_secs(30);

/// How long a client may take to agree on an encryption.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What a listener serves, and how.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) routes: Router,
    /// HTTPS, if given.
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) idle: Duration,
    pub(super) stalled: Duration,
    /// Connections at once.
    pub(super) most: usize,
}

/// Accepts until asked to stop, then lets the requests under way finish.
pub(super) async fn serve(tcp: TcpListener, site: Site, stop: Stop) -> Result<(), Infallible> {
    let (connections, places) = (TaskTracker::new(), Places::new(site.most));
    loop {
        tokio::select! {
            (stream, peer) = accept(&tcp, &places) => connections.spawn(welcome(stream, peer, site.clone(), stop.clone())),
            () = stop.soft.cancelled() => break,
        };
    }
    drop(tcp);
    connections.close();
    connections.wait().await;
    Ok(())
}

async fn accept(tcp: &TcpListener, places: &Places) -> (Placed, SocketAddr) {
    let place = places.free().await;
    loop {
        match tcp.accept().await {
            Ok((stream, peer)) => return (Placed { stream, _place: place }, peer),
            Err(e) if is_the_clients(&e) => {}
            Err(e) => {
                // Most likely out of file descriptors: some are given back soon.
                tracing::error!(error = %e, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn welcome(stream: Placed, peer: SocketAddr, site: Site, stop: Stop) {
    // Small answers should not wait for more; a socket that refuses is closed already.
    let _ = stream.stream.set_nodelay(true);
    let Some(tls) = site.tls.clone() else { return answer(stream, peer, site, stop).await };
    let agreed = tokio::time::timeout(HANDSHAKE, tls.accept(stream));
    tokio::select! {
        // One that speaks plain HTTP, or trusts another certificate, goes away by itself.
        stream = agreed => if let Ok(Ok(stream)) = stream { answer(stream, peer, site, stop).await },
        () = stop.soft.cancelled() => {}
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: SocketAddr,
    site: Site,
    stop: Stop,
) {
    let encrypted = Encrypted(site.tls.is_some());
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(|body| Body::new(Patient::new(body, site.stalled)));
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(encrypted);
        site.routes.clone().oneshot(request)
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(site.idle);
    let mut connection = std::pin::pin!(server.serve_connection(TokioIo::new(stream), service).with_upgrades());
    // How a connection ends is the client's affair.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.soft.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection => {}
        () = stop.hard.cancelled() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    async fn start(
        routes: Router,
        idle: Duration,
    ) -> (SocketAddr, Stop, tokio::task::JoinHandle<Result<(), Infallible>>) {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (socket, stop) = (tcp.local_addr().unwrap(), Stop::default());
        let site = Site { routes, tls: None, idle, stalled: idle, most: 8 };
        (socket, stop.clone(), tokio::spawn(serve(tcp, site, stop)))
    }

    async fn rest(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_handler_learns_who_asks() {
        let who = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
        let (socket, ..) = start(Router::new().route("/", get(who)), IDLE).await;
        let mut client = TcpStream::connect(socket).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let ours = client.local_addr().unwrap().to_string();
        assert!(rest(&mut client).await.ends_with(&ours));
    }

    #[tokio::test]
    async fn a_client_that_says_nothing_is_let_go() {
        let (socket, ..) = start(Router::new(), Duration::from_millis(20)).await;
        let mut client = TcpStream::connect(socket).await.unwrap();
        client.write_all(b"GET / HT").await.unwrap();
        // Ends only because the server closes.
        rest(&mut client).await;
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up() {
        let length = |body: axum::body::Bytes| async move { body.len().to_string() };
        let routes = Router::new().route("/", axum::routing::post(length));
        let (socket, ..) = start(routes, Duration::from_millis(20)).await;
        let mut client = TcpStream::connect(socket).await.unwrap();
        client.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf").await.unwrap();
        // Ends only because the server closes.
        assert!(rest(&mut client).await.starts_with("HTTP/1.1 400 "));
    }

    #[tokio::test]
    async fn connections_over_the_limit_wait_until_one_ends() {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (socket, places) = (tcp.local_addr().unwrap(), Places::new(1));
        let _first = TcpStream::connect(socket).await.unwrap();
        let (held, _) = accept(&tcp, &places).await;
        let second = TcpStream::connect(socket).await.unwrap();
        let mut waiting = std::pin::pin!(accept(&tcp, &places));
        let waits = tokio::select! {
            biased;
            _ = waiting.as_mut() => false,
            () = std::future::ready(()) => true,
        };
        assert!(waits);
        drop(held);
        let (_, peer) = waiting.await;
        assert_eq!(peer, second.local_addr().unwrap());
    }

    #[tokio::test]
    async fn a_request_under_way_is_finished() {
        let (entered, inside) = tokio::sync::oneshot::channel();
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let once = std::sync::Arc::new(std::sync::Mutex::new(Some((entered, gone))));
        let slow = move || async move {
            let (entered, gone) = once.lock().unwrap().take().unwrap();
            entered.send(()).unwrap();
            gone.await.unwrap();
            "done"
        };
        let (socket, stop, server) = start(Router::new().route("/", get(slow)), IDLE).await;
        let mut client = TcpStream::connect(socket).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        inside.await.unwrap();
        stop.soft.cancel();
        go.send(()).unwrap();
        assert!(rest(&mut client).await.ends_with("done"));
        server.await.unwrap().unwrap();
    }
}
