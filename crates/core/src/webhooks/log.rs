//! How deliveries fare, and beginning them anew.

use switchboard_model::{DeliveryState, EventId, SessionId, Timestamp};
use switchboard_store::{
    audit,
    deliveries::{self, Attempt, DeliveryFilter, DeliveryRow, work},
    webhooks::{self, WebhookFilter},
};

use crate::{Caller, Core, Error, caller::Scope};

pub use switchboard_store::deliveries::work::Replay;

const LARGEST_PAGE: u64 = 500;
const MOST_WEBHOOKS: u64 = 10_000;

/// One event on its way to one webhook. The two together name it.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    pub webhook: String,
    /// The event's position.
    pub position: i64,
    pub session: SessionId,
    /// Also the `webhook-id` of every attempt.
    pub event: EventId,
    pub kind: String,
    pub state: DeliveryState,
    pub attempts: i64,
    /// When it is attempted next, if it is.
    pub next_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub last: Option<Attempt>,
}

/// Which deliveries someone wants to see, newest first.
#[derive(Clone, Debug, Default)]
pub struct DeliveryQuery {
    pub webhook: Option<String>,
    pub session: Option<SessionId>,
    pub state: Option<DeliveryState>,
    /// Behind this one: the position and the webhook of the last of the page before.
    pub before: Option<(i64, String)>,
    pub limit: Option<u64>,
}

impl Core {
    pub async fn deliveries(&self, caller: &Caller, query: DeliveryQuery) -> Result<Vec<Delivery>, Error> {
        caller.require(Scope::Read)?;
        let limit = query.limit.unwrap_or(100).clamp(1, LARGEST_PAGE);
        let webhooks = match &query.webhook {
            Some(id) => Some(vec![self.webhook_for(caller, id, Scope::Read).await?.id]),
            None => self.visible_webhooks(caller).await?,
        };
        let session = query.session.or_else(|| caller.only_session().cloned());
        let filter = DeliveryFilter { webhooks, session, state: query.state, before: query.before };
        let rows = deliveries::list(self.store().reader(), &filter, limit).await?;
        Ok(rows.into_iter().map(Delivery::from).collect())
    }

    /// Sends settled deliveries once more, under the ids they had; returns how many.
    pub async fn replay_deliveries(&self, caller: &Caller, webhook: &str, which: Replay) -> Result<u64, Error> {
        let webhook = self.webhook_for(caller, webhook, Scope::Webhooks).await?.id;
        if let Replay::One(position) = which {
            self.settled_delivery(&webhook, position).await?;
        }
        let (now, entry) = (self.now(), self.audit(caller, "webhook.replay", webhook.clone()));
        let write = self.store().write_bulk(move |tx| {
            let (webhook, entry) = (webhook.clone(), entry.clone());
            Box::pin(async move {
                let replayed = work::replay(tx, &webhook, which, now).await?;
                webhooks::touch(tx, &webhook).await?;
                audit::insert(tx, &entry).await?;
                Ok(replayed)
            })
        });
        let replayed = write.await?;
        self.0.webhooks.announce();
        Ok(replayed)
    }

    async fn settled_delivery(&self, webhook: &str, position: i64) -> Result<(), Error> {
        match deliveries::find(self.store().reader(), webhook, position).await? {
            None => Err(Error::not_found("delivery", position.to_string())),
            Some(row) if row.state == DeliveryState::Pending => {
                Err(Error::Conflict(format!("delivery {position} is on its way already")))
            }
            Some(_) => Ok(()),
        }
    }

    /// Nothing for all of them.
    async fn visible_webhooks(&self, caller: &Caller) -> Result<Option<Vec<String>>, Error> {
        let (owner, session) = (caller.sees_only(), caller.only_session().cloned());
        if owner.is_none() && session.is_none() {
            return Ok(None);
        }
        let filter = WebhookFilter { owner, session, before: None };
        let rows = webhooks::list(self.store().reader(), &filter, MOST_WEBHOOKS).await?;
        Ok(Some(rows.into_iter().map(|row| row.id).collect()))
    }
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        Self {
            next_at: (row.state == DeliveryState::Pending).then_some(row.next_at),
            webhook: row.webhook,
            position: row.pos,
            session: row.session,
            event: row.event,
            kind: row.kind,
            state: row.state,
            attempts: row.attempts,
            created_at: row.created_at,
            last: row.last,
        }
    }
}
