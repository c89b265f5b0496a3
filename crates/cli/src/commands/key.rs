//! `switchboard key`: what programs present.

use clap::{Args, Subcommand};
use ipnet::IpNet;
use secrecy::ExposeSecret as _;
use switchboard_core::{ApiKey, Caller, Core, IssuedKey, NewKey, Scopes};
use switchboard_model::{Clock as _, SessionId, SystemClock, Timestamp};

use super::{Failure, offline, say, told};
use crate::config::{Sources, parse_duration};

const PAGE: u64 = 200;

/// Make, list, rotate and revoke API keys
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key and show it once
    #[command(
        after_help = "Examples:\n  switchboard key create crm --scopes send,read --session sales\n  switchboard key create nightly --scopes cron --expires 90d"
    )]
    Create(Create),
    /// List all keys
    #[command(after_help = "Example:\n  switchboard key list")]
    List,
    /// Replace a key's secret; the old one ends at once
    #[command(after_help = "Example:\n  switchboard key rotate 0197f3c2-5f0e-7d53-b3a7-2f4f4c1f9a10")]
    Rotate { id: String },
    /// End a key at once
    #[command(after_help = "Example:\n  switchboard key revoke 0197f3c2-5f0e-7d53-b3a7-2f4f4c1f9a10")]
    Revoke { id: String },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What it is for
    name: String,
    /// Any of admin, sessions, send, read, webhooks, calls, bots, cron; with commas between
    #[arg(long, value_name = "SCOPE,...")]
    scopes: String,
    /// Bind it to this session
    #[arg(long, value_name = "ID")]
    session: Option<SessionId>,
    /// The user it belongs to; without it `admin`, or the owner of the session
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// How long it is good for, such as 90d; without it for ever
    #[arg(long, value_name = "DURATION")]
    expires: Option<String>,
    /// Address ranges it may be used from
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    allow_ip: Vec<IpNet>,
}

pub(super) async fn run(command: &KeyCommand, sources: &Sources) -> Result<(), Failure> {
    let held = offline::open(sources).await?;
    let core = held.core().await?;
    match command {
        KeyCommand::Create(create) => {
            issued(&core.create_key(&Caller::System, new(&core, create).await?).await.map_err(told)?);
        }
        KeyCommand::List => list(&core).await?,
        KeyCommand::Rotate { id } => issued(&core.rotate_key(&Caller::System, id).await.map_err(told)?),
        KeyCommand::Revoke { id } => {
            core.revoke_key(&Caller::System, id).await.map_err(told)?;
            say(&format!("Revoked key {id}."));
        }
    }
    held.close().await;
    Ok(())
}

async fn new(core: &Core, create: &Create) -> Result<NewKey, Failure> {
    let owner = match &create.owner {
        Some(name) => Some(core.user_by_name(&Caller::System, name).await.map_err(told)?.id),
        None => None,
    };
    Ok(NewKey {
        name: create.name.clone(),
        scopes: create.scopes.parse::<Scopes>()?,
        owner,
        session: create.session.clone(),
        allowed_ips: create.allow_ip.clone(),
        expires_at: create.expires.as_deref().map(expiry).transpose()?,
        value: None,
    })
}

fn expiry(text: &str) -> Result<Timestamp, Failure> {
    let lasts = parse_duration(text).map_err(|what| format!("--expires {what}"))?;
    Ok(SystemClock.now().after(lasts))
}

fn issued(issued: &IssuedKey) {
    say(&format!("Made key {}, good for {}.", issued.key.id, issued.key.scopes));
    say(&format!("Key (shown this once): {}", issued.secret.expose_secret()));
}

async fn list(core: &Core) -> Result<(), Failure> {
    let mut before: Option<String> = None;
    loop {
        let page = core.keys(&Caller::System, before.as_deref(), Some(PAGE)).await.map_err(told)?;
        let Some(last) = page.last() else { return Ok(()) };
        before = Some(last.id.clone());
        page.iter().for_each(show);
    }
}

fn show(key: &ApiKey) {
    let session = key.session.as_ref().map_or("-", |s| s.as_str());
    let state = match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("revoked {at}"),
        (None, Some(at)) => format!("until {at}"),
        (None, None) => "for ever".to_owned(),
    };
    say(&format!(
        "{}  {}...  {:<20} session {session}  {state}  {}",
        key.id,
        key.prefix,
        key.scopes.to_string(),
        key.name
    ));
}
