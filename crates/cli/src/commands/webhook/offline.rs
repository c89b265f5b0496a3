//! The same on the store itself, while no gateway runs.

use secrecy::ExposeSecret as _;
use switchboard_core::{Caller, Core, Delivery, DeliveryQuery, NewWebhook, Replay, Webhook, WebhookQuery};
use switchboard_delivery::{Settings, Worker};
use switchboard_model::{UserId, WebhookMode};
use tokio_util::sync::CancellationToken;

use super::{Add, Deliveries, ReplayOrder, WebhookCommand};
use crate::{
    commands::{Failure, offline::Held, say, told},
    serve::compose,
};

const PAGE: u64 = 200;

pub(super) async fn run(command: &WebhookCommand, held: Held) -> Result<(), Failure> {
    let core = held.core().await?;
    match command {
        WebhookCommand::Add(add) => make(&core, add).await?,
        WebhookCommand::List => list(&core).await?,
        WebhookCommand::Test { id } => test(&core, id).await?,
        WebhookCommand::Replay(order) => replay(&core, order).await?,
    }
    held.close().await;
    Ok(())
}

pub(super) async fn deliveries(query: &Deliveries, held: Held) -> Result<(), Failure> {
    let core = held.core().await?;
    let (webhook, state, limit) = (query.webhook.clone(), query.state, Some(query.limit));
    let query = DeliveryQuery { webhook, state, limit, ..DeliveryQuery::default() };
    for delivery in core.deliveries(&Caller::System, query).await.map_err(told)? {
        say(&line(&delivery));
    }
    held.close().await;
    Ok(())
}

async fn make(core: &Core, add: &Add) -> Result<(), Failure> {
    let owner = match &add.owner {
        Some(name) => core.user_by_name(&Caller::System, name).await.map_err(told)?.id,
        None => UserId::ADMIN,
    };
    // For the user it is to belong to: a webhook covers its owner's sessions.
    let caller = if add.session.is_some() { Caller::System } else { Caller::Admin(owner) };
    let new = NewWebhook {
        session: add.session.clone(),
        name: add.name.clone(),
        url: add.url.clone(),
        events: add.events.clone(),
        mode: if add.parallel { WebhookMode::Parallel } else { WebhookMode::Fifo },
        ..NewWebhook::default()
    };
    let issued = core.create_webhook(&caller, new).await.map_err(told)?;
    say(&format!("Made webhook {}.", issued.webhook.id));
    say(&format!("Secret (shown this once): {}", issued.secret.expose_secret()));
    Ok(())
}

async fn list(core: &Core) -> Result<(), Failure> {
    let mut before: Option<String> = None;
    loop {
        let query = WebhookQuery { before, limit: Some(PAGE), ..WebhookQuery::default() };
        let page = core.webhooks(&Caller::System, query).await.map_err(told)?;
        for webhook in &page {
            say(&entry(webhook));
        }
        match page.last() {
            Some(last) if page.len() as u64 == PAGE => before = Some(last.id.clone()),
            _ => return Ok(()),
        }
    }
}

async fn test(core: &Core, id: &str) -> Result<(), Failure> {
    let stop = CancellationToken::new();
    let worker = Worker::new(core, compose::encoders(), Settings::default()).map_err(told)?;
    let worker = tokio::spawn(worker.try_only(stop.clone()));
    let outcome = core.test_webhook(&Caller::System, id).await;
    stop.cancel();
    worker.await?;
    let outcome = outcome.map_err(told)?;
    match (outcome.status, outcome.error) {
        (Some(status), None) => say(&format!("Delivered: HTTP {status} after {} ms.", outcome.latency_ms)),
        (_, Some(error)) => return Err(format!("the receiver did not take it: {error}").into()),
        (None, None) => return Err("nothing was sent".into()),
    }
    Ok(())
}

async fn replay(core: &Core, order: &ReplayOrder) -> Result<(), Failure> {
    let which = match (order.from, order.to) {
        (Some(from), Some(to)) => Replay::Range(from, to),
        _ => Replay::Dead,
    };
    let count = core.replay_deliveries(&Caller::System, &order.id, which).await.map_err(told)?;
    say(&format!("{count} deliveries leave once more when the gateway runs."));
    Ok(())
}

fn entry(webhook: &Webhook) -> String {
    let of = webhook.session.as_ref().map_or_else(|| format!("user {}", webhook.owner), |id| format!("session {id}"));
    let events = if webhook.events.is_empty() { "everything".to_owned() } else { webhook.events.join(",") };
    let (state, mode) = (webhook.state.as_str(), webhook.mode.as_str());
    format!("{}  {state:8}  {mode:8}  {of}  {events}  {}", webhook.id, webhook.url)
}

fn line(delivery: &Delivery) -> String {
    let how = match &delivery.last {
        Some(last) => match (&last.error, last.status) {
            (Some(error), _) => error.clone(),
            (None, Some(status)) => format!("HTTP {status} after {} ms", last.latency_ms),
            (None, None) => String::new(),
        },
        None => "not attempted yet".to_owned(),
    };
    let (state, attempts) = (delivery.state.as_str(), delivery.attempts);
    let (at, webhook) = (delivery.created_at, &delivery.webhook);
    format!("{at}  {webhook}  {}  {state:9}  {attempts:2}  {}  {how}", delivery.position, delivery.kind)
}
