//! A Redis server for one test, ended with it.

use std::{net::TcpStream, time::Duration};

use tokio::process::{Child, Command};

use super::gateway::{PATIENCE, free_port};

pub(crate) struct Redis {
    port: u16,
    server: Option<Child>,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        let mut redis = Self { port: free_port(), server: None };
        redis.come_back().await;
        redis
    }

    /// The setting that makes it the bus of gateways.
    pub(crate) fn as_bus(&self) -> (&'static str, String) {
        ("SWITCHBOARD_BUS_URL", format!("redis://127.0.0.1:{}", self.port))
    }

    pub(crate) async fn go_away(&mut self) {
        let mut server = self.server.take().expect("it runs");
        server.kill().await.unwrap();
    }

    pub(crate) async fn come_back(&mut self) {
        let server = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &self.port.to_string()])
            .stdout(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("redis-server, of the package redis-server, is installed");
        self.server = Some(server);
        let answers = async {
            while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answers).await.expect("Redis starts");
    }
}
