//! The simulated network in a process of its own, and its phones.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use super::{
    gateway::Pair,
    http::Http,
    process::{self, Process},
};

pub(crate) struct Network {
    process: Process,
    pub(crate) wire: String,
    http: Http,
}

impl Network {
    pub(crate) async fn start(binary: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(binary);
        command.args(["network", "--listen", &format!("127.0.0.1:{port}")]).env("RUST_LOG", "error");
        let process = Process::start(command).await?;
        let http = Http::to(format!("http://127.0.0.1:{port}/sandbox"))?;
        Ok(Self { process, wire: format!("ws://127.0.0.1:{port}/ws/chat"), http })
    }

    pub(crate) fn sample(&self) -> anyhow::Result<process::Sample> {
        self.process.sample()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.http.post(path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.http.get(path).await
    }

    /// Both numbers have a phone.
    pub(crate) async fn phones(&self, pair: &Pair) -> anyhow::Result<()> {
        for number in [&pair.number, &pair.peer] {
            self.http.post("/phones", &json!({ "number": number })).await?;
        }
        Ok(())
    }

    pub(crate) async fn scan(&self, pair: &Pair, qr: &str) -> anyhow::Result<()> {
        self.http.post(&format!("/phones/{}/scan", pair.number), &json!({ "qr": qr })).await?;
        Ok(())
    }

    /// The peer writes to the session.
    pub(crate) async fn write(&self, pair: &Pair, text: &str) -> anyhow::Result<()> {
        let body = json!({ "to": pair.number, "text": text });
        self.http.post(&format!("/phones/{}/messages", pair.peer), &body).await?;
        Ok(())
    }

    /// Waits until the peer's phone shows so many messages of the session.
    pub(crate) async fn until_shown(&self, pair: &Pair, count: usize) -> anyhow::Result<()> {
        let (mut shown, mut after) = (0, Value::from(0));
        while shown < count {
            let page = self.http.get(&format!("/phones/{}/messages?after={after}&wait=30", pair.peer)).await?;
            let messages = page["messages"].as_array().cloned().unwrap_or_default();
            anyhow::ensure!(!messages.is_empty(), "{shown} of {count} messages of {} came", pair.session);
            shown += messages.iter().filter(|message| message["from_me"] == false).count();
            after = page["next"].clone();
        }
        Ok(())
    }
}

pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
