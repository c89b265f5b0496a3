//! The project's own jobs, called `cargo xtask JOB`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

mod bench;
mod jobs;
mod parts;
mod sbom;
mod soak;

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
    /// Mixed traffic and trouble for a long time: memory stays flat, nothing is stuck, nothing is lost
    #[command(after_help = "Example:\n  cargo xtask soak --sessions 200 --minutes 30 --plot soak.svg")]
    Soak(soak::Args),
    /// List what the gateway is built of, as a CycloneDX document
    #[command(after_help = "Example:\n  cargo xtask sbom --output switchboard.cdx.json")]
    Sbom(sbom::Args),
    #[command(flatten)]
    Other(jobs::Job),
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().job {
        Job::Bench(args) => bench::run(args).await,
        Job::Soak(args) => soak::run(args).await,
        Job::Sbom(args) => sbom::run(args).await,
        Job::Other(job) => jobs::do_job(job).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
