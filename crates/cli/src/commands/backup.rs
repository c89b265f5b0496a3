//! `switchboard backup` and `switchboard restore`.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, say, settings};
use crate::backup;
use crate::config::Sources;

/// Write a sealed copy of the whole database, while gateways use it
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  switchboard backup gateway.backup\n  switchboard backup --force /backups/gateway.backup"
)]
pub(super) struct Backup {
    /// The file to write
    file: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
}

/// Fill an empty database from a backup
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  switchboard restore gateway.backup --data-dir /srv/switchboard\n\nThe gateway that was backed up must not run any more: its sessions go on here, as the same linked devices."
)]
pub(super) struct Restore {
    /// The file to read
    file: PathBuf,
}

pub(super) async fn back_up(command: &Backup, sources: &Sources) -> Result<(), Failure> {
    let (_, config) = settings(sources)?;
    let file = command.file.display();
    if command.file.exists() && !command.force {
        return Err(format!("{file} is there already: name another file, or replace it with --force").into());
    }
    let contents = backup::write(&config, &command.file).await?;
    say(&format!("Wrote {} rows to {file}.", contents.rows));
    say("It opens with this gateway's master key alone: keep that too, and apart from it.");
    Ok(())
}

pub(super) async fn restore(command: &Restore, sources: &Sources) -> Result<(), Failure> {
    let (_, config) = settings(sources)?;
    let brought = backup::restore(&config, &command.file).await?;
    say(&format!("Restored {} sessions as they were at {}.", brought.sessions, brought.made_at));
    say("When the gateway starts they keep their identities and begin the encryption of their chats anew.");
    for session in &brought.to_link_anew {
        say(&format!("Session {session} has to be linked anew: its keys in the backup cannot be read."));
    }
    Ok(())
}
