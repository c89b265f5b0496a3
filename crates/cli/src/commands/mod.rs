//! The command line: one file for each subcommand.

mod backup;
mod config;
mod doctor;
mod events;
mod health;
mod key;
mod offline;
mod pair;
mod place;
mod rekey;
mod remote;
mod send;
mod serve;
mod session;
mod shell;
mod user;
mod webhook;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigError, SettingFlags, Sources, Values};
pub use session::auth_state;

/// A self-hosted WhatsApp gateway.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, about, subcommand_required = true, arg_required_else_help = true)]
#[command(
    after_help = "Example:\n  switchboard serve --data-dir /srv/switchboard\n\nSettings may also come from the environment, from .env and from switchboard.toml; see `switchboard config check`."
)]
struct Cli {
    #[command(flatten)]
    settings: SettingFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway
    #[command(after_help = "Examples:\n  switchboard serve\n  PORT=3001 switchboard serve --only microservice")]
    Serve,
    #[command(subcommand)]
    User(user::UserCommand),
    #[command(subcommand)]
    Key(key::KeyCommand),
    Pair(pair::Pair),
    Session(session::Sessions),
    Send(send::Send),
    Events(events::Events),
    Webhook(webhook::Webhooks),
    Deliveries(webhook::Deliveries),
    /// Replace the master key
    #[command(after_help = "Examples:\n  switchboard rekey\n  switchboard rekey --new-key-file next.key")]
    Rekey(rekey::Rekey),
    Backup(backup::Backup),
    Restore(backup::Restore),
    /// Check whether a start would succeed, and say why not
    #[command(after_help = "Example:\n  switchboard doctor --data-dir /srv/switchboard")]
    Doctor,
    /// Ask the gateway that runs with these settings how it is; fails if it is not well
    #[command(after_help = "Examples:\n  switchboard health\n  PORT=3001 switchboard health --only microservice")]
    Health,
    #[command(subcommand)]
    Config(config::ConfigCommand),
    Completions(shell::Completions),
    Man(shell::Man),
}

/// What a command ends with when it fails: one sentence for people.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the program that the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "error: {}", one_line(&failure.to_string()));
            // 2 is what clap ends with too: the command was given wrongly.
            ExitCode::from(if failure.is::<ConfigError>() { 2 } else { 1 })
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(carry_out(cli))
}

/// Runs a command line within a program that has a runtime already.
pub async fn run_within(line: &[&str]) -> Result<(), Failure> {
    carry_out(Cli::try_parse_from(line)?).await
}

async fn carry_out(cli: Cli) -> Result<(), Failure> {
    let sources = Sources::of_process(cli.settings.0);
    match cli.command {
        Command::Serve => serve::run(&sources).await,
        Command::User(command) => user::run(&command, &sources).await,
        Command::Key(command) => key::run(&command, &sources).await,
        Command::Pair(pair) => pair::run(&pair, &sources).await,
        Command::Session(command) => session::run(&command, &sources).await,
        Command::Send(send) => send::run(&send, &sources).await,
        Command::Events(events) => events::run(&events, &sources).await,
        Command::Webhook(command) => webhook::run(&command, &sources).await,
        Command::Deliveries(query) => webhook::deliveries(&query, &sources).await,
        Command::Rekey(command) => rekey::run(&command, &sources).await,
        Command::Backup(command) => backup::back_up(&command, &sources).await,
        Command::Restore(command) => backup::restore(&command, &sources).await,
        Command::Doctor => doctor::run(&sources).await,
        Command::Health => health::run(&sources).await,
        Command::Config(command) => config::run(&command, &sources),
        Command::Completions(command) => {
            shell::completions(&command);
            Ok(())
        }
        Command::Man(command) => shell::man(&command),
    }
}

/// The settings, for a command that needs what they mean.
fn settings(sources: &Sources) -> Result<(Values, Config), ConfigError> {
    let values = sources.gather()?;
    let config = Config::from_values(&values)?;
    Ok((values, config))
}

/// Prints to standard output. A reader that has gone away (`| head`) is no error.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// An error of a use case. What only the log may say elsewhere, the operator may read here.
fn told(error: switchboard_core::Error) -> Failure {
    crate::serve::Fatal::from(error).into()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
