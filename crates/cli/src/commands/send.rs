//! `switchboard send`: a text message through a running gateway.

use clap::Args;
use serde_json::json;

use super::{
    Failure,
    remote::{Remote, Server, shown},
    say,
    session::path,
};
use crate::config::Sources;

/// Send a text message through a running gateway
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  switchboard send sales +6281381393739 'Your order is on its way'")]
pub(super) struct Send {
    /// The session it goes out by
    session: String,
    /// A phone number, or the id of a chat or group
    to: String,
    text: String,
    /// How many seconds to wait for the network's answer
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u8).range(0..=60))]
    wait: u8,
    #[command(flatten)]
    server: Server,
}

pub(super) async fn run(send: &Send, sources: &Sources) -> Result<(), Failure> {
    let gateway = Remote::of(&send.server, sources)?;
    let order = json!({ "to": send.to, "text": send.text });
    let sent = gateway.post(&path(&send.session, &format!("/messages?wait={}", send.wait)), order).await?;
    let (id, status) = (shown(&sent["id"]), shown(&sent["status"]));
    if status == "failed" {
        return Err(format!("message {id} was not sent: {}", shown(&sent["reason"])).into());
    }
    say(&format!("{id}  {status}"));
    Ok(())
}
