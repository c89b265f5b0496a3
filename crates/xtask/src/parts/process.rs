//! Child processes, and what the kernel says they used.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{Instant, timeout},
};

const PATIENCE: Duration = Duration::from_secs(60);
/// The kernel's unit of CPU time in /proc; 100 on every usual Linux.
const TICKS_A_SECOND: f64 = 100.0;

pub(crate) struct Process {
    child: Child,
    pub(crate) start_up: Duration,
}

#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) resident_kib: u64,
    /// The most since it began, or since that was forgotten.
    pub(crate) peak_kib: u64,
    pub(crate) threads: u64,
    pub(crate) cpu_seconds: f64,
}

impl Sample {
    pub(crate) fn resident_mib(self) -> f64 {
        self.resident_kib as f64 / 1024.0
    }

    pub(crate) fn peak_mib(self) -> f64 {
        self.peak_kib as f64 / 1024.0
    }
}

impl Process {
    /// Starts a program and waits until it prints the line `ready`.
    pub(crate) async fn start(mut command: Command) -> anyhow::Result<Self> {
        let begun = Instant::now();
        // A backtrace in the environment triples the memory of the engine.
        command.env_remove("RUST_BACKTRACE").stdout(Stdio::piped()).kill_on_drop(true);
        let mut child =
            command.spawn().with_context(|| format!("cannot start {:?}", command.as_std().get_program()))?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if line == "ready" {
                    return anyhow::Ok(());
                }
            }
            anyhow::bail!("it ended before it was ready")
        };
        timeout(PATIENCE, ready).await.context("it was not ready in a minute")??;
        let start_up = begun.elapsed();
        // Whatever it still prints must find a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, start_up })
    }

    pub(crate) fn sample(&self) -> anyhow::Result<Sample> {
        let pid = self.child.id().context("the process has ended")?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Ok(Sample {
            resident_kib: field(&status, "VmRSS:")?,
            peak_kib: field(&status, "VmHWM:")?,
            threads: field(&status, "Threads:")?,
            cpu_seconds: cpu_seconds(&stat).context("unexpected /proc/pid/stat")?,
        })
    }

    /// The peak of its memory begins anew.
    pub(crate) fn forget_peak(&self) -> anyhow::Result<()> {
        let pid = self.child.id().context("the process has ended")?;
        // The kernel's word for "reset the peak resident size".
        fs::write(format!("/proc/{pid}/clear_refs"), "5").context("the peak of its memory")
    }

    /// Asks it to end, and waits.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().context("the process has ended")?;
        Command::new("kill").arg(pid.to_string()).status().await?;
        timeout(PATIENCE, self.child.wait()).await.context("it did not stop in a minute")??;
        Ok(())
    }
}

/// Builds the sandbox binary as it is released.
pub(crate) async fn build() -> anyhow::Result<PathBuf> {
    let args = ["build", "--release", "--package", "switchboard-sandbox-cli"];
    anyhow::ensure!(Command::new("cargo").args(args).status().await?.success(), "the build failed");
    // This program lies in `debug` beside `release`.
    let here = std::env::current_exe()?;
    let target = here.ancestors().nth(2).unwrap_or(Path::new("target"));
    Ok(target.join("release/switchboard-sandbox"))
}

fn field(status: &str, name: &str) -> anyhow::Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    Ok(line.split_whitespace().next().unwrap_or_default().parse()?)
}

/// User and system time; the name before them may hold spaces and ends with the last parenthesis.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / TICKS_A_SECOND)
}
