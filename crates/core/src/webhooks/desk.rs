//! Where the worker that delivers gets its work and reports back.

use std::time::Duration;

use secrecy::SecretString;
use switchboard_egress::Egress;
use switchboard_model::{Event, Phone, SessionId, Timestamp, WebhookDialect, WebhookMode, WebhookState};
use switchboard_store::{
    deliveries::{
        self, Attempt, DeliveryRow,
        work::{self, Lane, Settlement},
    },
    events, sessions,
    webhooks::{self, WebhookRow, WebhookSecret},
};
use tokio::sync::{mpsc, watch};

use super::trial::Trial;
use crate::{Caller, Core, Error, events::read};

pub use switchboard_store::deliveries::Backlog;

/// A webhook as the worker needs it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub id: String,
    pub session: Option<SessionId>,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub mode: WebhookMode,
    pub dialect: WebhookDialect,
    pub state: WebhookState,
    /// Another one after every change, and when deliveries begin anew.
    pub revision: Timestamp,
    secrets: Vec<WebhookSecret>,
}

impl Endpoint {
    /// Those that sign at this time, newest first.
    pub fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &SecretString> {
        self.secrets.iter().filter(move |s| s.until.is_none_or(|until| until > now)).map(|s| &s.value)
    }
}

impl From<WebhookRow> for Endpoint {
    fn from(row: WebhookRow) -> Self {
        Self {
            id: row.id,
            session: row.session,
            url: row.url,
            headers: row.headers,
            mode: row.mode,
            dialect: row.dialect,
            state: row.state,
            revision: row.updated_at,
            secrets: row.secrets,
        }
    }
}

/// The worker's side of the webhooks.
#[derive(Clone)]
pub struct Desk(Core);

impl Core {
    /// For the gateway itself.
    pub fn delivery_desk(&self, caller: &Caller) -> Result<Desk, Error> {
        match caller {
            Caller::System => Ok(Desk(self.clone())),
            _ => Err(Error::Forbidden("only the gateway itself delivers".to_owned())),
        }
    }
}

impl Desk {
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }

    #[must_use]
    pub fn egress(&self) -> &Egress {
        self.0.egress()
    }

    /// Moves with every commit of events that this process knows of.
    #[must_use]
    pub fn newest(&self) -> watch::Receiver<i64> {
        self.0.store().subscribe()
    }

    /// Moves when a subscription was changed, or deliveries begin anew, in this process.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.0.webhooks.changed.subscribe()
    }

    /// The trials to make; once.
    #[must_use]
    pub fn trials(&self) -> Option<mpsc::Receiver<Trial>> {
        self.0.0.webhooks.trials.take()
    }

    /// The newest position, whichever replica appended it.
    pub async fn look_for_events(&self) -> Result<i64, Error> {
        Ok(self.0.store().look_for_events().await?)
    }

    /// Moves with every change of a subscription by any replica; 0 as long as there never was one.
    pub async fn version(&self) -> Result<i64, Error> {
        Ok(webhooks::version(self.0.store().reader()).await?)
    }

    /// Takes the webhooks that no other gateway holds, for a while; returns how many this one holds now.
    pub async fn hold(&self, lasts: Duration) -> Result<u64, Error> {
        let holder = self.0.settings().instance.clone();
        let write = self.0.store().write(move |tx| {
            let holder = holder.clone();
            Box::pin(async move { webhooks::hold(tx, &holder, lasts).await })
        });
        Ok(write.await?)
    }

    pub async fn release(&self) -> Result<(), Error> {
        let holder = self.0.settings().instance.clone();
        let write = self.0.store().write(move |tx| {
            let holder = holder.clone();
            Box::pin(async move { webhooks::release(tx, &holder).await })
        });
        Ok(write.await.map(drop)?)
    }

    /// The webhooks that this gateway holds.
    pub async fn endpoints(&self) -> Result<Vec<Endpoint>, Error> {
        let rows = webhooks::held_by(self.0.store().reader(), &self.0.settings().instance).await?;
        Ok(rows.into_iter().map(Endpoint::from).collect())
    }

    /// The lanes that got something to deliver behind `after`, up to `upto`.
    pub async fn lanes_between(&self, after: i64, upto: i64) -> Result<Vec<Lane>, Error> {
        Ok(work::lanes_between(self.0.store().reader(), after, upto).await?)
    }

    /// The lanes of one webhook that have something to deliver.
    pub async fn lanes_of(&self, webhook: &str) -> Result<Vec<Lane>, Error> {
        Ok(work::lanes_of(self.0.store().reader(), webhook).await?)
    }

    /// The oldest deliveries of a lane, due or not.
    pub async fn head_of(&self, lane: &Lane, limit: u64) -> Result<Vec<DeliveryRow>, Error> {
        Ok(work::pending(self.0.store().reader(), lane, None, &[], limit).await?)
    }

    /// The oldest deliveries of a lane that are due, without those under way; and when the next one is due.
    pub async fn due_of(
        &self,
        lane: &Lane,
        under_way: &[i64],
        limit: u64,
    ) -> Result<(Vec<DeliveryRow>, Option<Timestamp>), Error> {
        let (db, now) = (self.0.store().reader(), self.now());
        let rows = work::pending(db, lane, Some(now), under_way, limit).await?;
        let next = if rows.is_empty() { work::next_due(db, lane, now).await? } else { None };
        Ok((rows, next))
    }

    /// Nothing once it is forgotten.
    pub async fn event(&self, position: i64) -> Result<Option<Event>, Error> {
        let row = events::at(self.0.store().reader(), position).await?;
        Ok(row.map(read).transpose()?)
    }

    /// The number that a session is linked to.
    pub async fn own_number(&self, session: &SessionId) -> Result<Option<Phone>, Error> {
        Ok(sessions::find(self.0.store().reader(), session).await?.and_then(|session| session.phone))
    }

    /// Writes down how an attempt ended; returns after the commit.
    pub async fn settle(&self, row: &DeliveryRow, settlement: Settlement, attempt: Attempt) -> Result<(), Error> {
        let (webhook, pos) = (row.webhook.clone(), row.pos);
        let write = self.0.store().write(move |tx| {
            let (webhook, attempt) = (webhook.clone(), attempt.clone());
            Box::pin(async move { work::settle(tx, &webhook, pos, settlement, &attempt).await })
        });
        Ok(write.await.map(drop)?)
    }

    /// The receiver is back: everything that waits for its next attempt is due now.
    pub async fn hasten(&self, webhook: &str) -> Result<u64, Error> {
        let (webhook, now) = (webhook.to_owned(), self.now());
        let write = self.0.store().write(move |tx| {
            let webhook = webhook.clone();
            Box::pin(async move { work::hasten(tx, &webhook, now).await })
        });
        Ok(write.await?)
    }

    /// Ends deliveries to a receiver that says it is gone for good.
    pub async fn disable(&self, webhook: &str, reason: &str) -> Result<(), Error> {
        let reason = reason.to_owned();
        let changed = self.0.change_webhook(&Caller::System, webhook, "webhook.disable", move |row| {
            (row.state, row.reason) = (WebhookState::Disabled, Some(reason.clone()));
        });
        match changed.await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub async fn backlog(&self) -> Result<Vec<Backlog>, Error> {
        Ok(deliveries::backlog(self.0.store().reader()).await?)
    }
}
