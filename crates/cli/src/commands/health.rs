//! `switchboard health`: asks the gateway that runs with these settings how it is. Containers are watched with it, so it
//! goes by whatever listeners, ports and encryption the settings open.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::{Failure, say, settings};
use crate::config::{Config, Listener, Sources};
use crate::serve::tls;

/// What asks loses its own patience soon after.
const PATIENCE: Duration = Duration::from_secs(4);
/// Far more than the gateway says of itself.
const LONGEST: u64 = 64 * 1024;

pub(super) async fn run(sources: &Sources) -> Result<(), Failure> {
    let (_, config) = settings(sources)?;
    let (listener, socket) = asked(&config).ok_or("these settings open no listener at a known port")?;
    let answer = timeout(PATIENCE, ask(listener, socket, config.front.tls.is_some())).await;
    let answer =
        answer.map_err(|_| format!("the {listener} listener gave no answer within {} s", PATIENCE.as_secs()))?;
    let answer =
        answer.map_err(|error| format!("no gateway answers on the {listener} listener ({socket}): {error}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
    let status: u16 = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    // A surface that has no word on health is well if it refuses in its own words.
    if !(200..500).contains(&status) {
        return Err(format!("the {listener} listener answered HTTP {status}: {body}").into());
    }
    say(&format!("the {listener} listener answers"));
    Ok(())
}

/// The first that is open, of which the main one knows most.
fn asked(config: &Config) -> Option<(Listener, SocketAddr)> {
    let (listener, socket) = config.listen.sockets.iter().find(|(_, socket)| socket.port() != 0)?;
    let here: IpAddr = match socket.ip() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    Some((*listener, SocketAddr::new(here, socket.port())))
}

async fn ask(listener: Listener, socket: SocketAddr, encrypted: bool) -> Result<String, Failure> {
    let path = if listener == Listener::Main { "/health/ready" } else { "/health" };
    let stream = TcpStream::connect(socket).await?;
    if !encrypted {
        return get(stream, path).await;
    }
    let connector = TlsConnector::from(Arc::new(tls::any_certificate()?));
    get(connector.connect(ServerName::from(socket.ip()), stream).await?, path).await
}

async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> Result<String, Failure> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
