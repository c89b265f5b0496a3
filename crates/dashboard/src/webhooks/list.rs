//! All webhooks of the visitor, or of one session; and a new one.

use askama::Template;
use secrecy::ExposeSecret;
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf};
use switchboard_core::{Error, NewWebhook, Webhook, WebhookQuery};
use switchboard_model::{SessionId, WebhookState};

use super::edit::kinds;
use crate::{
    answer::{Answer, html},
    form::FormOf,
    frame::Frame,
    text::Text,
    visitor::{Member, Visitor},
};

#[derive(Deserialize)]
pub(super) struct Wanted {
    session: Option<SessionId>,
}

#[derive(Deserialize)]
pub(super) struct New {
    #[serde(default)]
    name: String,
    url: String,
    #[serde(default)]
    session: String,
    #[serde(default)]
    events: String,
}

#[derive(Template)]
#[template(path = "webhooks/list.html")]
struct Page {
    frame: Frame,
    session: String,
    list: List,
}

/// The lines, by themselves for an answer that brings them along.
#[derive(Template)]
#[template(path = "webhooks/rows.html")]
struct List {
    t: &'static Text,
    hooks: Vec<Hook>,
    along: bool,
}

/// A webhook as a line.
pub(super) struct Hook {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) session: Option<String>,
    pub(super) events: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) active: bool,
    pub(super) reason: Option<String>,
}

#[derive(Template)]
#[template(path = "webhooks/made.html")]
struct Made<'a> {
    t: &'static Text,
    id: &'a str,
    secret: &'a str,
    list: List,
}

pub(super) async fn page(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let session = wanted.session.as_ref().map(ToString::to_string).unwrap_or_default();
    let list = List::read(&visitor, wanted.session, false).await?;
    html(&Page { frame: visitor.frame("webhooks"), session, list })
}

/// Shows the secret, this once.
pub(super) async fn create(
    Member(visitor): Member,
    QueryOf(shown): QueryOf<Wanted>,
    FormOf(new): FormOf<New>,
) -> Answer {
    let session = new.session.trim();
    let session =
        (!session.is_empty()).then(|| session.parse().map_err(|e| Failure::invalid("session", format!("{e}"))));
    let order = NewWebhook {
        session: session.transpose()?,
        name: if new.name.trim().is_empty() { "webhook".to_owned() } else { new.name },
        url: new.url,
        events: kinds(&new.events),
        ..NewWebhook::default()
    };
    let issued = visitor.core().create_webhook(&visitor.caller, order).await?;
    let list = List::read(&visitor, shown.session, true).await?;
    html(&Made { t: visitor.t, id: &issued.webhook.id, secret: issued.secret.expose_secret(), list })
}

impl List {
    async fn read(visitor: &Visitor, session: Option<SessionId>, along: bool) -> Result<Self, Error> {
        let query = WebhookQuery { session, limit: Some(200), ..WebhookQuery::default() };
        let hooks = visitor.core().webhooks(&visitor.caller, query).await?;
        let hooks = hooks.into_iter().map(|hook| Hook::of(visitor.t, hook)).collect();
        Ok(Self { t: visitor.t, hooks, along })
    }
}

impl Hook {
    pub(super) fn of(t: &'static Text, hook: Webhook) -> Self {
        let (state, tone) = match hook.state {
            WebhookState::Active => (t.hook_active, "good"),
            WebhookState::Paused => (t.hook_paused, "wait"),
            WebhookState::Disabled => (t.hook_disabled, "bad"),
        };
        Self {
            id: hook.id,
            name: hook.name,
            url: hook.url,
            session: hook.session.map(|session| session.to_string()),
            events: hook.events.join(", "),
            state,
            tone,
            active: hook.state == WebhookState::Active,
            reason: hook.reason,
        }
    }
}
