//! Our gateway, driven through `/v1`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::{process::Command, time::Instant};

use super::{
    gateway::{Gateway, Pair},
    http::Http,
    network::{Network, free_port},
    process::Process,
};

pub(crate) struct Switchboard {
    process: Option<Process>,
    order: Order,
    http: Http,
    token: String,
}

struct Order {
    binary: PathBuf,
    port: u16,
    wire: String,
    data: tempfile::TempDir,
    database_url: Option<String>,
}

impl Switchboard {
    pub(crate) async fn start(binary: &Path, network: &Network, database_url: Option<String>) -> anyhow::Result<Self> {
        let order = Order {
            binary: binary.to_owned(),
            port: free_port()?,
            wire: network.wire.clone(),
            data: tempfile::tempdir()?,
            database_url,
        };
        let process = order.start().await?;
        let http = Http::to(order.url())?;
        let login = http.post("/v1/login", &json!({ "username": "admin", "password": "admin" })).await?;
        let token = login["token"].as_str().context("no token")?;
        Ok(Self { process: Some(process), http: http.with_token(token), token: token.to_owned(), order })
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.http.post(path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.http.get(path).await
    }

    pub(crate) async fn upload(&self, path: &str, mib: usize) -> anyhow::Result<Value> {
        self.http.upload(path, mib).await
    }

    pub(crate) async fn download(&self, path: &str) -> anyhow::Result<usize> {
        self.http.download(path).await
    }

    /// Where every event can be followed.
    pub(crate) fn socket(&self) -> String {
        format!("ws://127.0.0.1:{}/v1/ws?token={}", self.order.port, self.token)
    }

    pub(crate) fn url(&self) -> String {
        self.order.url()
    }

    pub(crate) fn token(&self) -> String {
        self.token.clone()
    }

    /// Stops it, starts it on the same data, and says how long it took until every session was connected.
    pub(crate) async fn restart(&mut self) -> anyhow::Result<Duration> {
        self.process.take().context("it runs")?.stop().await?;
        let begun = Instant::now();
        self.process = Some(self.order.start().await?);
        while self.unconnected().await? > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(begun.elapsed())
    }

    pub(crate) async fn unconnected(&self) -> anyhow::Result<usize> {
        let (mut waiting, mut after) = (0, String::new());
        loop {
            let page = self.http.get(&format!("/v1/sessions?limit=500{after}")).await?;
            let sessions = page["sessions"].as_array().context("no sessions")?;
            waiting += sessions.iter().filter(|session| session["state"] != "connected").count();
            match page["next_cursor"].as_str() {
                Some(cursor) => after = format!("&cursor={cursor}"),
                None => return Ok(waiting),
            }
        }
    }

    async fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let page = self.http.text("/metrics").await?;
        let line = page.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
        Ok(line.trim().parse()?)
    }
}

impl Order {
    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    async fn start(&self) -> anyhow::Result<Process> {
        let mut command = Command::new(&self.binary);
        command.args(["serve", "--network", &self.wire, "--data-dir"]).arg(self.data.path());
        command.env("PORT", self.port.to_string()).env("LOG_LEVEL", "error").env("SWITCHBOARD_LOG_FILE", "off");
        for listener in ["SWITCHBOARD_WA_API", "SWITCHBOARD_MICROSERVICE", "WS_PORT"] {
            command.env(listener, "off");
        }
        if let Some(url) = &self.database_url {
            command.args(["--database-url", url]);
        }
        Process::start(command).await
    }
}

impl Gateway for Switchboard {
    fn process(&self) -> &Process {
        self.process.as_ref().expect("it runs but for the moment of a restart")
    }

    async fn begin(&self, pair: &Pair) -> anyhow::Result<String> {
        let id = &pair.session;
        self.http.post("/v1/sessions", &json!({ "id": id })).await?;
        self.http.post(&format!("/v1/sessions/{id}/connect"), &json!({})).await?;
        let qr = self.http.get(&format!("/v1/sessions/{id}/qr")).await?;
        Ok(qr["code"].as_str().context("no code")?.to_owned())
    }

    async fn is_connected(&self, pair: &Pair) -> anyhow::Result<bool> {
        Ok(self.http.get(&format!("/v1/sessions/{}", pair.session)).await?["state"] == "connected")
    }

    async fn send(&self, pair: &Pair, text: &str) -> anyhow::Result<()> {
        let body = json!({ "to": pair.peer, "text": text });
        self.http.post(&format!("/v1/sessions/{}/messages", pair.session), &body).await?;
        Ok(())
    }

    async fn received(&self) -> anyhow::Result<usize> {
        Ok(self.metric("switchboard_messages_stored_total ").await.unwrap_or_default() as usize)
    }

    async fn commits(&self) -> anyhow::Result<Option<f64>> {
        Ok(Some(self.metric("switchboard_store_commits_total ").await?))
    }
}
