//! `switchboard pair`: links a phone, with the QR code in the terminal.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::{
    Failure,
    remote::{Remote, Server, shown},
    say,
    session::path,
};
use crate::config::Sources;

/// Between two looks at the session.
const LOOK: Duration = Duration::from_millis(500);

/// Link a phone to a session of a running gateway; the session is made if there is none
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  switchboard pair sales\n  switchboard pair sales --phone +6281381393739")]
pub(super) struct Pair {
    /// The session
    id: String,
    /// Its name, shown to people
    #[arg(long)]
    name: Option<String>,
    /// Link by a code that is typed on the phone with this number, instead of a QR code
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    #[command(flatten)]
    server: Server,
}

pub(super) async fn run(pair: &Pair, sources: &Sources) -> Result<(), Failure> {
    let gateway = Remote::of(&pair.server, sources)?;
    make(&gateway, pair).await?;
    let how = match &pair.phone {
        Some(phone) => json!({ "pairing": "code", "phone": phone }),
        None => json!({ "pairing": "qr" }),
    };
    gateway.post(&path(&pair.id, "/connect"), how).await?;
    Progress::default().watch(&gateway, &pair.id).await
}

async fn make(gateway: &Remote, pair: &Pair) -> Result<(), Failure> {
    if gateway.get(&path(&pair.id, "")).await.is_ok() {
        return Ok(());
    }
    // Whatever else stands in the way of looking stands in the way of making too, and says so.
    let mut order = json!({ "id": pair.id });
    if let Some(name) = &pair.name {
        order["name"] = json!(name);
    }
    gateway.post("/v1/sessions", order).await?;
    say(&format!("Made session {}.", pair.id));
    Ok(())
}

/// What was said already.
#[derive(Default)]
struct Progress {
    state: String,
    shown: String,
}

impl Progress {
    async fn watch(mut self, gateway: &Remote, id: &str) -> Result<(), Failure> {
        loop {
            let session = gateway.get(&path(id, "")).await?;
            let state = shown(&session["state"]);
            let news = self.state != state;
            match state.as_str() {
                "connected" => {
                    say(&format!("Connected: session {id} is linked to {}.", shown(&session["phone"])));
                    return Ok(());
                }
                "waiting_qr" => self.show_qr(gateway, id).await?,
                "waiting_code" => self.show_code(gateway, id).await?,
                "logged_out" | "disabled" | "handed_over" => return Err(ended(id, &session)),
                // Pairing was given up, as nobody scanned.
                "disconnected" if session["retry_at"].is_null() && !self.state.is_empty() => {
                    return Err(ended(id, &session));
                }
                _ if news => say(&waits(&state, &session)),
                _ => {}
            }
            self.state = state;
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn show_qr(&mut self, gateway: &Remote, id: &str) -> Result<(), Failure> {
        // It may have been scanned, or replaced, a moment ago: the next look tells.
        let Ok(picture) = gateway.text(&path(id, "/qr?format=text&wait=1")).await else { return Ok(()) };
        if self.shown != picture {
            say(&format!(
                "{picture}Scan this with the phone: Linked devices, Link a device. A new one follows by itself."
            ));
            self.shown = picture;
        }
        Ok(())
    }

    async fn show_code(&mut self, gateway: &Remote, id: &str) -> Result<(), Failure> {
        let Ok(answer) = gateway.get(&path(id, "/pairing-code?wait=1")).await else { return Ok(()) };
        let code = shown(&answer["code"]);
        if self.shown != code {
            say(&format!("Type this on the phone: Linked devices, Link with phone number: {code}"));
            self.shown = code;
        }
        Ok(())
    }
}

fn waits(state: &str, session: &Value) -> String {
    let why = session["reason"].as_str().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{state}{why}...")
}

fn ended(id: &str, session: &Value) -> Failure {
    let why = session["reason"].as_str().unwrap_or("no reason given");
    format!("session {id} is {}: {why}; begin again with `switchboard pair {id}`", shown(&session["state"])).into()
}
