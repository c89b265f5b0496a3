//! Other programs, started at the root of the repository.

use std::path::PathBuf;

use anyhow::Context as _;
use tokio::process::{Child, Command};

pub(super) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

pub(super) fn start(program: &str, args: &[String]) -> anyhow::Result<Child> {
    let mut command = Command::new(program);
    command.args(args).current_dir(root()).kill_on_drop(true);
    command.spawn().with_context(|| format!("cannot start {program}"))
}

/// Runs it to its end.
pub(super) async fn run(program: &str, args: &[String]) -> anyhow::Result<()> {
    let status = start(program, args)?.wait().await?;
    anyhow::ensure!(status.success(), "{program} {} ended with {status}", args.join(" "));
    Ok(())
}

/// `words` are separated by spaces; `rest` may hold any.
pub(super) async fn cargo(words: &str, rest: &[String]) -> anyhow::Result<()> {
    let args: Vec<String> = words.split(' ').map(str::to_owned).chain(rest.iter().cloned()).collect();
    run("cargo", &args).await
}

/// A binary beside this one.
pub(super) fn built(name: &str) -> anyhow::Result<String> {
    let here = std::env::current_exe()?;
    let folder = here.parent().context("this program lies nowhere")?;
    Ok(folder.join(name).display().to_string())
}

/// Asks it to end, and waits: a gateway finishes what is under way.
pub(super) async fn end(mut child: Child) -> anyhow::Result<()> {
    if let Some(pid) = child.id() {
        Command::new("kill").arg(pid.to_string()).status().await?;
    }
    child.wait().await?;
    Ok(())
}
