//! `switchboard session import`: from a folder, a file, or another gateway's database.

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};
use switchboard_core::sealed_file;

use super::{
    super::{
        Failure,
        remote::{Remote, shown},
        say, told,
    },
    contents, folder,
    passphrase::Passphrase,
    whatsmeow,
};

/// Bring a session in: from Baileys (the folder of its auth state, or a file with `{creds, keys}`), from whatsmeow (its
/// SQLite file or PostgreSQL database), or from `session export`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  switchboard session import ./auth_info_baileys --id sales --dry-run\n  switchboard session import ./wuzapi/users.db --id sales\n  switchboard session import postgres://user:secret@db/whatsmeow --device 15551234567:3@s.whatsapp.net\n  switchboard session import sales.session --key-file sales.key\n\nStop the other program for good first, then: switchboard session connect sales"
)]
pub(super) struct Import {
    /// A folder, a file, or a postgres:// address
    source: String,
    /// The id to be; generated without one
    #[arg(long)]
    id: Option<String>,
    #[arg(long)]
    name: Option<String>,
    /// Which device of a whatsmeow store, where it has several
    #[arg(long, value_name = "JID")]
    device: Option<String>,
    /// Say what would come along, and bring nothing in
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    passphrase: Passphrase,
}

pub(super) async fn run(gateway: &Remote, order: &Import) -> Result<(), Failure> {
    let session = read(order).await?;
    let body = json!({ "id": order.id, "name": order.name, "session": session, "dry_run": order.dry_run });
    let answer = gateway.post("/v1/sessions/import", body).await?;
    let phone = shown(&answer["phone"]);
    match answer.get("session") {
        Some(session) => say(&format!("Brought in session {}, number {phone}.", shown(&session["id"]))),
        None => say(&format!("Number {phone}; nothing was brought in. Would come along:")),
    }
    contents(&answer);
    Ok(())
}

async fn read(order: &Import) -> Result<Value, Failure> {
    let (source, device) = (order.source.as_str(), order.device.as_deref());
    if whatsmeow::is_address(source) {
        return whatsmeow::read(source, device).await;
    }
    let path = Path::new(source);
    if path.is_dir() {
        return folder::read(path);
    }
    let file = std::fs::read(path).map_err(|error| format!("{source}: {error}"))?;
    if whatsmeow::is_sqlite(&file) {
        return whatsmeow::read(&format!("sqlite:{source}"), device).await;
    }
    let plain = match sealed_file::is_sealed(&file) {
        true => sealed_file::open(&order.passphrase.given()?, &file).map_err(told)?,
        false => file,
    };
    let whole: Value = serde_json::from_slice(&plain).map_err(|error| format!("{source}: is not JSON: {error}"))?;
    // As a gateway hands a session over, or the state alone.
    Ok(whole.get("session").cloned().unwrap_or(whole))
}
