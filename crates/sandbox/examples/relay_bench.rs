//! How fast the network relays, and what an idle connection costs.
//!
//! `cargo run --release -p switchboard-sandbox --example relay_bench -- [PAIRS] [MESSAGES] [IDLE]`
//!
//! The network runs in a process of its own, so that its memory is its own too. The clients are nothing but
//! handshake and frames: what is measured is the network.

#[path = "../tests/raw_wire/client.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "it belongs to the tests, which use more of it")]
mod client;
#[path = "../tests/raw_wire/control.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "it belongs to the tests, which use more of it")]
mod control;

use std::io::{BufRead as _, Write as _};
use std::process::{Child, Command, Stdio};

use client::{Companion, Line};
use control::Control;
use tokio::time::Instant;

const WINDOW: usize = 64;
/// Fixed for programs on Linux, whatever the kernel counts in.
const TICKS_A_SECOND: f64 = 100.0;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let first = args.next();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if first.as_deref() == Some("--serve") {
        return runtime.block_on(serve());
    }
    let number = |text: Option<String>, default| text.and_then(|text| text.parse().ok()).unwrap_or(default);
    let (pairs, messages, idle) = (number(first, 50), number(args.next(), 2_000), number(args.next(), 2_000));
    runtime.block_on(measure(pairs, messages, idle))
}

/// The child: a network until standard input closes.
async fn serve() -> std::io::Result<()> {
    let control = Control::start().await;
    writeln!(std::io::stdout(), "{}", control.addr())?;
    let closed = tokio::task::spawn_blocking(|| std::io::stdin().lock().lines().for_each(drop));
    closed.await.map_err(std::io::Error::other)
}

async fn measure(pairs: usize, messages: usize, idle: usize) -> std::io::Result<()> {
    let (child, control) = network()?;
    let mut out = std::io::stdout();
    let before = resident_kib(&child)?;
    let started = Instant::now();
    let held = connect(&control, idle, 492_000_000_000).await;
    let cost = resident_kib(&child)?.saturating_sub(before) as f64 / idle.max(1) as f64;
    writeln!(out, "{idle} linked and logged in after {:.1?}; {cost:.1} KiB each", started.elapsed())?;

    let senders = connect(&control, pairs, 493_000_000_000).await;
    let receivers = connect(&control, pairs, 494_000_000_000).await;
    let (started, busy) = (Instant::now(), cpu_ticks(&child)?);
    let mut tasks = Vec::new();
    for ((_, from), (to, line)) in senders.into_iter().zip(receivers) {
        tasks.push(tokio::spawn(send(from, to.jid(), messages)));
        tasks.push(tokio::spawn(receive(line, messages)));
    }
    for task in tasks {
        task.await.map_err(std::io::Error::other)?;
    }
    let rate = (pairs * messages) as f64 / started.elapsed().as_secs_f64();
    writeln!(out, "{} messages relayed over {pairs} pairs: {rate:.0} a second", pairs * messages)?;
    // Says the same on a busy machine as on an idle one.
    let per_core = (pairs * messages) as f64 * TICKS_A_SECOND / (cpu_ticks(&child)? - busy).max(1) as f64;
    writeln!(out, "one core of the network's could relay {per_core:.0} a second")?;
    drop(held);
    Ok(())
}

fn network() -> std::io::Result<(Child, Control)> {
    let mut child =
        Command::new(std::env::current_exe()?).arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().ok_or_else(|| std::io::Error::other("the network has no standard output"))?;
    let mut line = String::new();
    std::io::BufReader::new(stdout).read_line(&mut line)?;
    let addr = line.trim().parse().map_err(std::io::Error::other)?;
    Ok((child, Control::at(addr)))
}

async fn connect(control: &Control, count: usize, first: u64) -> Vec<(Companion, Line)> {
    let mut connected = Vec::with_capacity(count);
    for number in first..first + count as u64 {
        let mut companion = Companion::new();
        companion.link(control, number).await;
        let mut line = Line::log_in(&control.ws, &mut companion).await;
        line.until(|node| client::child(node, "offline").is_some()).await;
        connected.push((companion, line));
    }
    connected
}

/// Sends with a window of messages the network has not acknowledged.
async fn send(mut line: Line, to: String, messages: usize) {
    for sent in 0..messages {
        line.send_message(&format!("M{sent}"), &to, &[0; 256]).await;
        if sent >= WINDOW {
            line.until(|node| node.tag == "ack").await;
        }
    }
    for _ in 0..WINDOW.min(messages) {
        line.until(|node| node.tag == "ack").await;
    }
}

async fn receive(mut line: Line, messages: usize) {
    for _ in 0..messages {
        let message = line.until(|node| node.tag == "message").await;
        line.acknowledge(&message).await;
    }
}

/// Processor time used, in user and kernel mode.
fn cpu_ticks(child: &Child) -> std::io::Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id()))?;
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    Ok(after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum())
}

fn resident_kib(child: &Child) -> std::io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    Ok(line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or_default())
}
