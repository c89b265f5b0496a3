//! `switchboard session export`: a session into a file, to go on elsewhere.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::{Value, json};
use switchboard_core::sealed_file;

use super::{
    super::{Failure, remote::Remote, say, told},
    contents,
    passphrase::Passphrase,
    path,
};

/// Hand a session over into a file: the gateway disconnects it without unlinking, and stays away from it
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  switchboard session export sales --dry-run\n  switchboard session export sales --to sales.session\n  switchboard session export sales --to sales.json --plain --format baileys6\n\nThe file is encrypted, under a passphrase that is generated and shown once unless one is given. Only one program may\ngo on with a session. To have it back here: switchboard session take-back sales"
)]
pub(super) struct Export {
    id: String,
    /// The file to be; one that is there already is left alone
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    to: Option<PathBuf>,
    /// Who is to read it: baileys7 or baileys6
    #[arg(long, default_value = "baileys7")]
    format: String,
    /// Say what would come along, and hand nothing over
    #[arg(long)]
    dry_run: bool,
    /// Do not encrypt the file: whoever reads it has the account
    #[arg(long, conflicts_with_all = ["passphrase_stdin", "key_file"])]
    plain: bool,
    #[command(flatten)]
    passphrase: Passphrase,
}

pub(super) async fn run(gateway: &Remote, order: &Export) -> Result<(), Failure> {
    let body = json!({ "format": order.format, "dry_run": order.dry_run });
    let address = path(&order.id, "/export");
    let Some(to) = order.to.as_deref().filter(|_| !order.dry_run) else {
        let answer = gateway.post(&address, body).await?;
        say("Nothing was handed over. Would come along:");
        contents(&answer);
        return Ok(());
    };
    // Whatever can go wrong here goes wrong before the session is given away.
    let file = create(to)?;
    let written = write(gateway, order, (&address, body), file).await;
    if written.is_err() {
        drop(std::fs::remove_file(to));
    }
    let answer = written?;
    say(&format!("Handed over session {} into {}.", order.id, to.display()));
    contents(&answer);
    Ok(())
}

async fn write(
    gateway: &Remote,
    order: &Export,
    (address, body): (&str, Value),
    mut file: File,
) -> Result<Value, Failure> {
    let passphrase = if order.plain { None } else { Some(order.passphrase.given_or_made()?) };
    let answer = gateway.post(address, body).await?;
    let contents = json!({ "botId": order.id, "session": answer["session"], "lease": answer["lease"] });
    let plain = contents.to_string().into_bytes();
    let bytes = match passphrase {
        Some(passphrase) => sealed_file::seal(&passphrase, &plain).map_err(told)?,
        None => plain,
    };
    let kept = file.write_all(&bytes).and_then(|()| file.sync_all());
    kept.map_err(|error| format!("{error}; the session is handed over all the same: repeat this, or take it back"))?;
    Ok(answer)
}

fn create(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    Ok(file.map_err(|error| format!("{}: {error}", path.display()))?)
}
