//! Webhooks and deliveries as `/v1` shows and takes them.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use switchboard_core::{Error, IssuedWebhook, NewWebhook, TrialOutcome, Webhook as CoreWebhook, WebhookChange, paging};
use switchboard_model::{DeliveryState, SessionId, WebhookDialect, WebhookMode};
use utoipa::ToSchema;

use crate::native::wire::time;

/// A subscription, without its secrets.
#[derive(Serialize, ToSchema)]
pub(super) struct Webhook {
    id: String,
    owner: i64,
    /// Set if only this session's events are delivered; else those of all the owner's sessions.
    session: Option<String>,
    name: String,
    #[schema(example = "https://example.com/hook")]
    url: String,
    /// Empty for everything.
    #[schema(example = json!(["message.*", "session.state"]))]
    events: Vec<String>,
    ignored_chats: Vec<String>,
    headers: BTreeMap<String, String>,
    /// `fifo` or `parallel`.
    mode: &'static str,
    /// `native` or `multisession`.
    dialect: &'static str,
    /// `active`, `paused` or `disabled`.
    state: &'static str,
    /// Why it is disabled.
    reason: Option<String>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SecretWebhook {
    #[serde(flatten)]
    webhook: Webhook,
    /// Signs deliveries in the form of Standard Webhooks. Shown this once.
    #[schema(example = "whsec_...")]
    secret: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct WebhookPage {
    webhooks: Vec<Webhook>,
    /// Where the next page begins: pass it as `cursor`.
    next_cursor: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateWebhook {
    #[schema(example = "https://example.com/hook")]
    url: String,
    /// This session only; without it all of yours, also those to come.
    session: Option<String>,
    #[serde(default)]
    name: String,
    /// Kinds of events, or `message.*` for a family; empty for everything.
    #[serde(default)]
    events: Vec<String>,
    /// Chats whose events are not delivered.
    #[serde(default)]
    ignored_chats: Vec<String>,
    /// Sent along with every delivery.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// `fifo` (the default) keeps the order of each session, so a failed delivery holds back those behind it;
    /// `parallel` does neither.
    mode: Option<String>,
    /// What the bodies look like: `native` (the default) or `multisession`.
    dialect: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeWebhook {
    url: Option<String>,
    name: Option<String>,
    events: Option<Vec<String>>,
    ignored_chats: Option<Vec<String>>,
    headers: Option<BTreeMap<String, String>>,
    mode: Option<String>,
}

/// How a trial went.
#[derive(Serialize, ToSchema)]
pub(super) struct Trial {
    delivered: bool,
    /// What the receiver answered.
    status: Option<u16>,
    latency_ms: i64,
    error: Option<String>,
}

/// One event on its way to one webhook.
#[derive(Serialize, ToSchema)]
pub(super) struct Delivery {
    webhook: String,
    /// The event's position in the log.
    #[schema(example = "1042")]
    position: String,
    session: String,
    /// The event's id, and the `webhook-id` of every attempt.
    event: String,
    #[serde(rename = "type")]
    #[schema(example = "message.received")]
    kind: String,
    /// `pending`, `delivered`, `dead` or `skipped`.
    state: &'static str,
    attempts: i64,
    next_attempt_at: Option<String>,
    created_at: String,
    last_attempt: Option<LastAttempt>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct LastAttempt {
    at: String,
    status: Option<u16>,
    latency_ms: i64,
    error: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryPage {
    pub(super) deliveries: Vec<Delivery>,
    /// Where the next page begins: pass it as `cursor`.
    pub(super) next_cursor: Option<String>,
}

/// How many deliveries begin anew.
#[derive(Serialize, ToSchema)]
pub(super) struct Replayed {
    pub(super) replayed: u64,
}

impl WebhookPage {
    pub(super) fn new(webhooks: Vec<CoreWebhook>, limit: u64) -> Self {
        let next_cursor = paging::last_if_full(&webhooks, limit).map(|webhook| webhook.id.clone());
        Self { webhooks: webhooks.into_iter().map(Webhook::from).collect(), next_cursor }
    }
}

impl TryFrom<CreateWebhook> for NewWebhook {
    type Error = Error;

    fn try_from(body: CreateWebhook) -> Result<Self, Error> {
        Ok(Self {
            session: body.session.as_deref().map(session).transpose()?,
            name: body.name,
            url: body.url,
            events: body.events,
            ignored_chats: body.ignored_chats,
            headers: body.headers.into_iter().collect(),
            mode: body.mode.as_deref().map(mode).transpose()?.unwrap_or_default(),
            dialect: body.dialect.as_deref().map(dialect).transpose()?.unwrap_or_default(),
        })
    }
}

impl TryFrom<ChangeWebhook> for WebhookChange {
    type Error = Error;

    fn try_from(body: ChangeWebhook) -> Result<Self, Error> {
        Ok(Self {
            name: body.name,
            url: body.url,
            events: body.events,
            ignored_chats: body.ignored_chats,
            headers: body.headers.map(|headers| headers.into_iter().collect()),
            mode: body.mode.as_deref().map(mode).transpose()?,
        })
    }
}

pub(super) fn session(text: &str) -> Result<SessionId, Error> {
    text.parse().map_err(|error: switchboard_model::SessionIdError| Error::invalid("session", error.to_string()))
}

pub(super) fn state(text: &str) -> Result<DeliveryState, Error> {
    DeliveryState::parse(text).ok_or_else(|| Error::invalid("state", "is pending, delivered, dead or skipped"))
}

fn mode(text: &str) -> Result<WebhookMode, Error> {
    WebhookMode::parse(text).ok_or_else(|| Error::invalid("mode", "is fifo or parallel"))
}

fn dialect(text: &str) -> Result<WebhookDialect, Error> {
    WebhookDialect::parse(text).ok_or_else(|| Error::invalid("dialect", "is native or multisession"))
}

impl From<CoreWebhook> for Webhook {
    fn from(webhook: CoreWebhook) -> Self {
        Self {
            id: webhook.id,
            owner: webhook.owner.0,
            session: webhook.session.map(|id| id.to_string()),
            name: webhook.name,
            url: webhook.url,
            events: webhook.events,
            ignored_chats: webhook.ignored_chats,
            headers: webhook.headers.into_iter().collect(),
            mode: webhook.mode.as_str(),
            dialect: webhook.dialect.as_str(),
            state: webhook.state.as_str(),
            reason: webhook.reason,
            created_at: time(webhook.created_at),
            updated_at: time(webhook.updated_at),
        }
    }
}

impl From<IssuedWebhook> for SecretWebhook {
    fn from(issued: IssuedWebhook) -> Self {
        Self { webhook: issued.webhook.into(), secret: issued.secret.expose_secret().to_owned() }
    }
}

impl From<TrialOutcome> for Trial {
    fn from(outcome: TrialOutcome) -> Self {
        let TrialOutcome { status, latency_ms, error } = outcome;
        Self { delivered: error.is_none(), status, latency_ms, error }
    }
}

impl From<switchboard_core::Delivery> for Delivery {
    fn from(delivery: switchboard_core::Delivery) -> Self {
        let last = delivery.last.map(|attempt| LastAttempt {
            at: time(attempt.at),
            status: attempt.status,
            latency_ms: attempt.latency_ms,
            error: attempt.error,
        });
        Self {
            webhook: delivery.webhook,
            position: delivery.position.to_string(),
            session: delivery.session.to_string(),
            event: delivery.event.0,
            kind: delivery.kind,
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_at.map(time),
            created_at: time(delivery.created_at),
            last_attempt: last,
        }
    }
}
