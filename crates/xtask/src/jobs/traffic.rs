//! Other programs' load on a gateway with linked sessions, both started for it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::process::Command;

use super::{
    run::{root, run},
    stage::Stage,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Linked sessions that the messages go out by
    #[arg(long, default_value_t = 10)]
    sessions: usize,
    /// Seconds of traffic
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Messages a second
    #[arg(long, default_value_t = 20)]
    rate: u32,
    /// The sandbox binary; without it the release build is made
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Artillery comes from its own package, pinned under `benchmarks/load`.
pub(super) async fn artillery(args: Args) -> anyhow::Result<()> {
    let home = root().join("benchmarks/load");
    if !home.join("node_modules/.package-lock.json").exists() {
        let home = home.display().to_string();
        let install = ["ci", "--no-audit", "--no-fund", "--prefix"].map(str::to_owned);
        run("npm", &[install.as_slice(), &[home]].concat()).await.context("Artillery needs node and npm")?;
    }
    drive(args, &home.join("node_modules/.bin/artillery"), &["run", "load.yaml"], &home).await
}

/// k6 is no package of a registry: it is used where it is installed.
pub(super) async fn k6(args: Args) -> anyhow::Result<()> {
    let there = Command::new("k6").arg("version").output().await.is_ok_and(|output| output.status.success());
    anyhow::ensure!(there, "k6 is not installed: see https://grafana.com/docs/k6/latest/set-up/install-k6/");
    drive(args, Path::new("k6"), &["run", "performance.js"], &root().join("benchmarks/performance")).await
}

async fn drive(args: Args, program: &Path, words: &[&str], home: &Path) -> anyhow::Result<()> {
    let stage = Stage::set(args.binary, args.sessions).await?;
    let mut command = Command::new(program);
    command.args(words).current_dir(home).envs(stage.environment());
    command.env("SECONDS_OF_TRAFFIC", args.seconds.to_string()).env("RATE", args.rate.to_string());
    let status = command.status().await.with_context(|| format!("cannot start {}", program.display()))?;
    anyhow::ensure!(status.success(), "{} ended with {status}", program.display());
    Ok(())
}
