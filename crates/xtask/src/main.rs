//! The project's own jobs, called `cargo xtask JOB`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

mod bench;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own jobs")]
struct Cli {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Measure the gateway against the simulated network, over HTTP, and print a table
    #[command(after_help = "Example:\n  cargo xtask bench --sessions 100 --messages 5000 --baseline baileys")]
    Bench(bench::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().job {
        Job::Bench(args) => bench::run(args).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
