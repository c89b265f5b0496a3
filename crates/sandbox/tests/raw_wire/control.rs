//! A network for one test and its control API, over plain HTTP/1.1.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::Value;
use switchboard_sandbox::{Network, NetworkOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) struct Control {
    pub(crate) ws: String,
    addr: SocketAddr,
    network: Option<Network>,
}

impl Control {
    pub(crate) async fn start() -> Self {
        Self::start_in(None).await
    }

    pub(crate) async fn start_in(data_dir: Option<PathBuf>) -> Self {
        let listen = "127.0.0.1:0".parse().unwrap();
        let network = Network::start(NetworkOptions { listen, data_dir }).await.unwrap();
        let addr = network.local_addr();
        Self { network: Some(network), ..Self::at(addr) }
    }

    /// A network that another process runs.
    pub(crate) fn at(addr: SocketAddr) -> Self {
        Self { ws: format!("ws://{addr}/ws/chat"), addr, network: None }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) async fn stop(self) {
        if let Some(network) = self.network {
            network.shutdown().await;
        }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.request("POST", path, &body.to_string(), &[]).await;
        assert!(status < 300, "{path}: {status} {answer}");
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.request("GET", path, "", &[]).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub(crate) async fn request(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.addr()).await.unwrap();
        let host = headers.iter().find(|(name, _)| *name == "host").map_or("127.0.0.1", |(_, value)| value);
        let more: String = headers
            .iter()
            .filter(|(name, _)| *name != "host")
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let head = format!(
            "{method} /sandbox{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{more}content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }
}
