//! The sockets: all are ours before anything else is started.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Fatal, Workers, http};
use crate::config::{Listen, Listener};

/// A socket that is ours already, so that nothing else can go wrong with it later.
pub(super) struct Bound {
    pub(super) listener: Listener,
    pub(super) socket: SocketAddr,
    tcp: TcpListener,
}

/// Opens all sockets or none.
pub(super) async fn bind(listen: &Listen) -> Result<Vec<Bound>, Fatal> {
    let mut bound = Vec::new();
    for (listener, wanted) in listen.sockets.iter().copied() {
        let fault = |e| Fatal::listener(listener, wanted, e);
        let tcp = TcpListener::bind(wanted).await.map_err(fault)?;
        // The real one: port 0 asks for any.
        let socket = tcp.local_addr().map_err(fault)?;
        bound.push(Bound { listener, socket, tcp });
    }
    Ok(bound)
}

impl Bound {
    /// Serves as a worker of the gateway.
    pub(super) fn serve(self, routes: Router, tls: Option<TlsAcceptor>, workers: &Workers) {
        let name = format!("the {} listener", self.listener);
        let site = http::Site { routes, tls, idle: http::IDLE, stalled: http::STALLED, most: http::most() };
        workers.spawn(name, http::serve(self.tcp, site, workers.stop()));
    }
}
