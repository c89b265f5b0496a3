//! `switchboard session`: the sessions of a running gateway.

mod export;
mod folder;
mod import;
mod passphrase;
mod whatsmeow;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

pub use self::folder::read as auth_state;
use super::{
    Failure,
    remote::{Remote, Server, part, shown},
    say,
};
use crate::config::Sources;

/// List, look at, connect, disconnect, delete, export and import sessions of a running gateway
#[derive(Debug, Args)]
pub(super) struct Sessions {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    command: SessionCommand,
}

#[derive(Debug, Subcommand)]
enum SessionCommand {
    /// List all sessions
    #[command(after_help = "Example:\n  switchboard session list")]
    List,
    /// Show one session
    #[command(after_help = "Example:\n  switchboard session show sales")]
    Show {
        id: String,
    },
    /// Connect a session that is linked; `switchboard pair` links one
    #[command(after_help = "Example:\n  switchboard session connect sales")]
    Connect {
        id: String,
    },
    /// Disconnect a session and keep its link
    #[command(after_help = "Example:\n  switchboard session disconnect sales")]
    Disconnect {
        id: String,
    },
    /// Unlink a session and delete everything that is stored for it
    #[command(after_help = "Example:\n  switchboard session delete sales")]
    Delete {
        id: String,
    },
    Import(import::Import),
    Export(export::Export),
    /// Take a session back that was handed over, whether its holder agrees or not
    #[command(after_help = "Example:\n  switchboard session take-back sales")]
    TakeBack {
        id: String,
    },
}

pub(super) async fn run(sessions: &Sessions, sources: &Sources) -> Result<(), Failure> {
    let gateway = Remote::of(&sessions.server, sources)?;
    match &sessions.command {
        SessionCommand::List => list(&gateway).await?,
        SessionCommand::Show { id } => show(&gateway.get(&path(id, "")).await?),
        SessionCommand::Connect { id } => say(&line(&gateway.post(&path(id, "/connect"), json!({})).await?)),
        SessionCommand::Disconnect { id } => say(&line(&gateway.post(&path(id, "/disconnect"), json!({})).await?)),
        SessionCommand::TakeBack { id } => say(&line(&gateway.post(&path(id, "/take-back"), json!({})).await?)),
        SessionCommand::Import(order) => import::run(&gateway, order).await?,
        SessionCommand::Export(order) => export::run(&gateway, order).await?,
        SessionCommand::Delete { id } => {
            gateway.delete(&path(id, "")).await?;
            say(&format!("Deleted session {id}."));
        }
    }
    Ok(())
}

pub(super) fn path(id: &str, rest: &str) -> String {
    format!("/v1/sessions/{}{rest}", part(id))
}

async fn list(gateway: &Remote) -> Result<(), Failure> {
    let mut cursor = String::new();
    loop {
        let page = gateway.get(&format!("/v1/sessions?limit=500{cursor}")).await?;
        for session in page["sessions"].as_array().into_iter().flatten() {
            say(&line(session));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", part(next)),
            None => return Ok(()),
        }
    }
}

pub(super) fn line(session: &Value) -> String {
    let field = |name: &str| shown(&session[name]);
    let why = session["reason"].as_str().map(|reason| format!("  ({reason})")).unwrap_or_default();
    format!("{:<24}  {:<15}  {:<16}  {}{why}", field("id"), field("state"), field("phone"), field("name"))
}

/// How many records of each kind come along, and what does not.
fn contents(answer: &Value) {
    for (kind, count) in answer["records"].as_object().into_iter().flatten() {
        say(&format!("{:>8}  {kind}", shown(count)));
    }
    for warning in answer["warnings"].as_array().into_iter().flatten() {
        say(&format!("warning: {}", shown(warning)));
    }
}

fn show(session: &Value) {
    for (name, value) in session.as_object().into_iter().flatten() {
        say(&format!("{name:<14} {}", shown(value)));
    }
}
