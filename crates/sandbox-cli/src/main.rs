//! `switchboard-sandbox`: a simulated WhatsApp network, to build and test against without a phone.

mod commands;
mod logs;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "switchboard-sandbox", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the simulated network alone
    Network(commands::network::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    logs::start();
    match cli.command {
        Command::Network(args) => commands::network::run(args).await,
    }
}
