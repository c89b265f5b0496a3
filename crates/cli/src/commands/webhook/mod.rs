//! `switchboard webhook` and `switchboard deliveries`: who gets told what, and whether it worked. A gateway that runs is
//! asked over its API; else the store is opened here.

mod offline;
mod online;

use clap::{Args, Subcommand};
use switchboard_model::{DeliveryState, SessionId};

use super::{
    Failure,
    place::{Place, place},
    remote::Server,
};
use crate::config::Sources;

/// Make, list, test and replay webhooks; through the gateway if one runs
#[derive(Debug, Args)]
pub(super) struct Webhooks {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    command: WebhookCommand,
}

#[derive(Debug, Subcommand)]
enum WebhookCommand {
    /// Make a webhook and show its secret once
    #[command(
        after_help = "Examples:\n  switchboard webhook add https://example.com/hook\n  switchboard webhook add https://example.com/hook --session sales --events 'message.*'"
    )]
    Add(Add),
    /// List all webhooks
    #[command(after_help = "Example:\n  switchboard webhook list")]
    List,
    /// Send a test event and say what the receiver answered
    #[command(after_help = "Example:\n  switchboard webhook test 0197f3c2-5f0e-7d53-b3a7-2f4f4c1f9a10")]
    Test { id: String },
    /// Deliver once more what was given up, or what is named; it leaves when a gateway runs
    #[command(
        after_help = "Examples:\n  switchboard webhook replay 0197f3c2-5f0e-7d53-b3a7-2f4f4c1f9a10\n  switchboard webhook replay 0197f3c2-5f0e-7d53-b3a7-2f4f4c1f9a10 --from 1042 --to 1100"
    )]
    Replay(ReplayOrder),
}

#[derive(Debug, Args)]
struct Add {
    /// Where deliveries go
    url: String,
    /// Only this session's events
    #[arg(long, value_name = "ID")]
    session: Option<SessionId>,
    /// The user whose sessions it is for; without it `admin`, or the owner of the session
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// Kinds of events such as message.received or message.*; with commas between
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    events: Vec<String>,
    /// Do not keep the order of each session
    #[arg(long)]
    parallel: bool,
    /// What it is for
    #[arg(long, default_value = "")]
    name: String,
}

#[derive(Debug, Args)]
struct ReplayOrder {
    id: String,
    /// The first position of a range
    #[arg(long, requires = "to")]
    from: Option<i64>,
    /// The last position of a range
    #[arg(long, requires = "from")]
    to: Option<i64>,
}

/// How deliveries fare, newest first; asked of the gateway if one runs
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  switchboard deliveries\n  switchboard deliveries --state dead")]
pub(super) struct Deliveries {
    /// Only of this webhook
    #[arg(long, value_name = "ID")]
    webhook: Option<String>,
    /// pending, delivered, dead or skipped
    #[arg(long, value_parser = state)]
    state: Option<DeliveryState>,
    /// How many
    #[arg(long, default_value_t = 50)]
    limit: u64,
    #[command(flatten)]
    server: Server,
}

pub(super) async fn run(webhooks: &Webhooks, sources: &Sources) -> Result<(), Failure> {
    match place(&webhooks.server, sources).await? {
        Place::Online(gateway) => online::run(&webhooks.command, &gateway).await,
        Place::Offline(held) => offline::run(&webhooks.command, *held).await,
    }
}

pub(super) async fn deliveries(query: &Deliveries, sources: &Sources) -> Result<(), Failure> {
    match place(&query.server, sources).await? {
        Place::Online(gateway) => online::deliveries(query, &gateway).await,
        Place::Offline(held) => offline::deliveries(query, *held).await,
    }
}

fn state(word: &str) -> Result<DeliveryState, String> {
    DeliveryState::parse(word).ok_or_else(|| "is pending, delivered, dead or skipped".to_owned())
}
