//! The HTTP server of one listener. Our own loop rather than axum's, which never gives up on a client that
//! connects and says nothing: enough of those would use up the process's file descriptors.

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
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::Stop;

/// How long a client may take over the head of its next request, the wait for it included.
pub(super) const IDLE: Duration = Duration::from_secs(75);

/// How long a client may take to agree on an encryption.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What a listener serves, and how.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) routes: Router,
    /// HTTPS, if given.
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) idle: Duration,
}

/// Accepts until asked to stop, then lets the requests under way finish.
pub(super) async fn serve(tcp: TcpListener, site: Site, stop: Stop) -> Result<(), Infallible> {
    let connections = TaskTracker::new();
    loop {
        tokio::select! {
            (stream, peer) = accept(&tcp) => connections.spawn(welcome(stream, peer, site.clone(), stop.clone())),
            () = stop.soft.cancelled() => break,
        };
    }
    drop(tcp);
    connections.close();
    connections.wait().await;
    Ok(())
}

async fn accept(tcp: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match tcp.accept().await {
            Ok(accepted) => return accepted,
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

async fn welcome(stream: TcpStream, peer: SocketAddr, site: Site, stop: Stop) {
    // Small answers should not wait for more; a socket that refuses is closed already.
    let _ = stream.set_nodelay(true);
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
        let mut request = request.map(Body::new);
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

    async fn start(
        routes: Router,
        idle: Duration,
    ) -> (SocketAddr, Stop, tokio::task::JoinHandle<Result<(), Infallible>>) {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (socket, stop) = (tcp.local_addr().unwrap(), Stop::default());
        let site = Site { routes, tls: None, idle };
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
