//! `switchboard-sandbox`: a simulated WhatsApp network and a gateway on it, to build and test without a phone.

mod commands;
mod logs;

use std::{net::SocketAddr, process::ExitCode};

use clap::{Parser, Subcommand};
use switchboard::config::SettingFlags;

/// A simulated WhatsApp network, and a gateway on it: build and test a bot without a phone.
///
/// Without a subcommand, network and gateway run in one process. Sign in as admin, password admin.
#[derive(Parser)]
#[command(name = "switchboard-sandbox", version)]
#[command(after_help = "Examples:\n  switchboard-sandbox\n  switchboard-sandbox --data-dir ./sandbox --port 8081")]
struct Cli {
    #[command(flatten)]
    settings: SettingFlags,
    /// Loopback address of the network: the wire at /ws/chat, the control API at /sandbox
    #[arg(long, default_value = "127.0.0.1:7080")]
    network_listen: SocketAddr,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the simulated network alone
    #[command(after_help = "Example:\n  switchboard-sandbox network --listen 127.0.0.1:7080 --data-dir ./network")]
    Network(commands::network::Args),
    /// Run the gateway alone, on a network that runs already
    #[command(after_help = "Example:\n  switchboard-sandbox serve --network ws://127.0.0.1:7080/ws/chat")]
    Serve,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Some(Command::Network(args)) => commands::network::run(args, &cli.settings).await,
        Some(Command::Serve) => commands::serve::run(cli.settings).await,
        None => commands::both::run(cli.network_listen, cli.settings).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            commands::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
