//! A minimal Express and Baileys gateway (`benchmarks/baseline`), driven alike.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;
use tokio::process::Command;

use crate::parts::{
    gateway::{Gateway, Pair},
    http::Http,
    network::{Network, free_port},
    process::Process,
};

pub(super) struct Baseline {
    process: Process,
    http: Http,
    _data: tempfile::TempDir,
}

impl Baseline {
    pub(super) async fn start(network: &Network) -> anyhow::Result<Self> {
        let home = home();
        install(&home).await?;
        let (data, port) = (tempfile::tempdir()?, free_port()?);
        let mut command = Command::new(home.join("node_modules/node/bin/node"));
        command.arg(home.join("server.mjs")).args([&port.to_string(), &network.wire]).arg(data.path());
        let process = Process::start(command).await?;
        Ok(Self { process, http: Http::to(format!("http://127.0.0.1:{port}"))?, _data: data })
    }
}

impl Gateway for Baseline {
    fn process(&self) -> &Process {
        &self.process
    }

    async fn begin(&self, pair: &Pair) -> anyhow::Result<String> {
        self.http.post(&format!("/sessions/{}", pair.session), &json!({})).await?;
        loop {
            let session = self.http.get(&format!("/sessions/{}", pair.session)).await?;
            if let Some(qr) = session["qr"].as_str() {
                return Ok(qr.to_owned());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    async fn is_connected(&self, pair: &Pair) -> anyhow::Result<bool> {
        Ok(self.http.get(&format!("/sessions/{}", pair.session)).await?["connected"] == true)
    }

    async fn send(&self, pair: &Pair, text: &str) -> anyhow::Result<()> {
        let body = json!({ "to": pair.peer, "text": text });
        self.http.post(&format!("/sessions/{}/messages", pair.session), &body).await?;
        Ok(())
    }

    async fn received(&self) -> anyhow::Result<usize> {
        let answer = self.http.get("/received").await?;
        Ok(answer["received"].as_u64().context("no count")? as usize)
    }

    async fn commits(&self) -> anyhow::Result<Option<f64>> {
        Ok(None)
    }
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benchmarks/baseline")
}

/// The versions of the lock file, once.
async fn install(home: &Path) -> anyhow::Result<()> {
    if home.join("node_modules/node/bin/node").exists() {
        return Ok(());
    }
    let done = Command::new("npm").arg("ci").current_dir(home).status().await.context("npm is needed")?;
    anyhow::ensure!(done.success(), "npm ci failed in {}", home.display());
    Ok(())
}
