//! The simulated network in a process of its own, and its phones.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use super::{
    gateway::Pair,
    http::Http,
    process::{self, Process},
};

pub(super) struct Network {
    process: Process,
    pub(super) wire: String,
    http: Http,
}

impl Network {
    pub(super) async fn start(binary: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(binary);
        command.args(["network", "--listen", &format!("127.0.0.1:{port}")]).env("RUST_LOG", "error");
        let process = Process::start(command).await?;
        let http = Http::to(format!("http://127.0.0.1:{port}/sandbox"))?;
        Ok(Self { process, wire: format!("ws://127.0.0.1:{port}/ws/chat"), http })
    }

    pub(super) fn sample(&self) -> anyhow::Result<process::Sample> {
        self.process.sample()
    }

    /// Both numbers have a phone.
    pub(super) async fn phones(&self, pair: &Pair) -> anyhow::Result<()> {
        for number in [&pair.number, &pair.peer] {
            self.http.post("/phones", &json!({ "number": number })).await?;
        }
        Ok(())
    }

    pub(super) async fn scan(&self, pair: &Pair, qr: &str) -> anyhow::Result<()> {
        self.http.post(&format!("/phones/{}/scan", pair.number), &json!({ "qr": qr })).await?;
        Ok(())
    }

    /// The peer writes to the session.
    pub(super) async fn write(&self, pair: &Pair, text: &str) -> anyhow::Result<()> {
        let body = json!({ "to": pair.number, "text": text });
        self.http.post(&format!("/phones/{}/messages", pair.peer), &body).await?;
        Ok(())
    }

    /// Waits until the peer's phone shows so many messages of the session.
    pub(super) async fn until_shown(&self, pair: &Pair, count: usize) -> anyhow::Result<()> {
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

pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
