//! A session as `/v1` shows it.

use serde::Serialize;
use switchboard_core::SessionView;
use switchboard_model::{
    Health as ModelHealth, HealthCause, Session as ModelSession, SessionSettings, SessionState, Timestamp,
};
use utoipa::ToSchema;

use super::handover::Handover;
use crate::native::wire::time;

#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    #[schema(example = "shop")]
    id: String,
    #[schema(example = "The shop's number")]
    name: String,
    /// `created`, `connecting`, `waiting_qr`, `waiting_code`, `waiting_passkey`, `connected`, `held`, `disconnected`,
    /// `logged_out`, `handed_over` or `disabled`.
    #[schema(example = "connected")]
    state: &'static str,
    /// Why it is in this state, where there is something to say.
    reason: Option<String>,
    /// When the gateway tries again by itself.
    retry_at: Option<String>,
    /// When the code to scan or to type runs out.
    expires_at: Option<String>,
    /// Still receiving what came while it was away; sends wait until that is done.
    catching_up: bool,
    /// What its owner wants: `connected` or `disconnected`. Kept over restarts.
    #[schema(example = "connected")]
    desired: &'static str,
    /// Whether an account is linked, connected or not.
    linked: bool,
    /// The account's phone number, digits only.
    #[schema(example = "6281381393739")]
    phone: Option<String>,
    lid: Option<String>,
    /// The user it belongs to.
    #[schema(example = 1)]
    owner: i64,
    /// The API it was made through.
    #[schema(example = "native")]
    origin: &'static str,
    created_at: String,
    updated_at: String,
    /// When the network was last heard; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_event_at: Option<String>,
    /// Messages accepted and not yet answered by the network; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    queued: Option<i64>,
    /// What it keeps; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Settings>,
    /// How the network treats the account; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Health>,
    /// Who runs it instead of this gateway, in state `handed_over`; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    handover: Option<Handover>,
}

/// Whether the account may do what it is asked to. It gets better by itself.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `good`; `slowed`: messages go out one at a time with long pauses; `held`: nothing goes out.
    #[schema(example = "slowed")]
    level: &'static str,
    /// `rate_limited`, `banned` or `restricted`.
    #[schema(example = "restricted")]
    cause: Option<&'static str>,
    reason: Option<String>,
    /// Since when it is at this level.
    since: Option<String>,
    /// When it gets better by itself.
    until: Option<String>,
    /// How often the network complained within a day.
    strikes: u32,
}

impl From<ModelHealth> for Health {
    fn from(health: ModelHealth) -> Self {
        Self {
            level: health.level.as_str(),
            cause: health.cause.map(HealthCause::as_str),
            reason: health.reason,
            since: health.since.map(time),
            until: health.until.map(time),
            strikes: health.strikes,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = SessionSettings)]
struct Settings {
    /// Whether messages and chats are stored.
    store_messages: bool,
    /// After so many days messages are deleted; null: never.
    #[schema(example = 90)]
    keep_messages_days: Option<u32>,
}

impl From<SessionSettings> for Settings {
    fn from(settings: SessionSettings) -> Self {
        let SessionSettings { store_messages, keep_messages_days } = settings;
        Self { store_messages, keep_messages_days }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct SessionPage {
    sessions: Vec<Session>,
    /// Where the next page begins: pass it as `cursor`.
    next_cursor: Option<String>,
}

/// What a state says beside its name.
#[derive(Default)]
struct Particulars {
    reason: Option<String>,
    retry_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    catching_up: bool,
}

impl From<SessionState> for Particulars {
    fn from(state: SessionState) -> Self {
        let none = Self::default();
        match state {
            SessionState::Created | SessionState::Connecting => none,
            SessionState::WaitingQr { expires_at } | SessionState::WaitingCode { expires_at } => {
                Self { expires_at: Some(expires_at), ..none }
            }
            SessionState::WaitingPasskey { hint } => Self { reason: Some(hint), ..none },
            SessionState::Connected { catching_up } => Self { catching_up, ..none },
            SessionState::Held { until, reason } => Self { reason: Some(reason), retry_at: until, ..none },
            SessionState::Disconnected { reason, retry_at } => Self { reason: Some(reason), retry_at, ..none },
            SessionState::LoggedOut { reason } | SessionState::Disabled { reason } => {
                Self { reason: Some(reason), ..none }
            }
            SessionState::HandedOver { .. } => {
                Self { reason: Some("another program runs this device for now".to_owned()), ..none }
            }
        }
    }
}

impl From<ModelSession> for Session {
    fn from(session: ModelSession) -> Self {
        let state = session.state.word();
        let Particulars { reason, retry_at, expires_at, catching_up } = session.state.into();
        Self {
            id: session.id.to_string(),
            name: session.name,
            state,
            reason,
            retry_at: retry_at.map(time),
            expires_at: expires_at.map(time),
            catching_up,
            desired: session.desired.as_str(),
            linked: session.linked,
            phone: session.phone.map(|phone| phone.to_string()),
            lid: session.lid.map(|lid| lid.to_string()),
            owner: session.owner.0,
            origin: session.origin.as_str(),
            created_at: time(session.created_at),
            updated_at: time(session.updated_at),
            last_event_at: None,
            queued: None,
            settings: None,
            health: None,
            handover: None,
        }
    }
}

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        let (last_event_at, queued) = (view.last_event_at.map(time), Some(view.queued));
        let handover = view.handover.map(Handover::from);
        let settings = view.settings.map(Settings::from);
        let health = Some(view.health.into());
        Self { last_event_at, queued, settings, health, handover, ..view.session.into() }
    }
}

impl From<switchboard_core::SessionPage> for SessionPage {
    fn from(page: switchboard_core::SessionPage) -> Self {
        Self {
            sessions: page.sessions.into_iter().map(Session::from).collect(),
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}
