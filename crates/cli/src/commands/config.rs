//! `switchboard config`: what is in force, and why.

use clap::Subcommand;

use super::{Failure, say, settings};
use crate::config::{Sources, example, explain};

/// Look at the configuration
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every effective value with its origin, or the one that is wrong
    #[command(after_help = "Example:\n  PORT=9000 switchboard config check")]
    Check,
    /// Print a commented file of all settings, in the form of `.env`
    #[command(after_help = "Example:\n  switchboard config example > .env")]
    Example,
}

pub(super) fn run(command: &ConfigCommand, sources: &Sources) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check => {
            let (values, config) = settings(sources)?;
            say(explain::explain(&values, &config).trim_end());
        }
        ConfigCommand::Example => say(example::env_example().trim_end()),
    }
    Ok(())
}
