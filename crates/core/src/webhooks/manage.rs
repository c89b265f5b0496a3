//! Making, changing, pausing and deleting webhooks.

use std::time::Duration;

use secrecy::SecretString;
use switchboard_model::{SessionId, UserId, WebhookDialect, WebhookMode, WebhookState};
use switchboard_store::{
    audit, deliveries,
    webhooks::{self, WebhookFilter, WebhookRow, WebhookSecret},
};

use super::{IssuedWebhook, Webhook, check, secrets};
use crate::{Caller, Core, Error, caller::Scope, paging};

/// A webhook to be made.
#[derive(Clone, Debug, Default)]
pub struct NewWebhook {
    /// Absent for all of the caller's sessions.
    pub session: Option<SessionId>,
    pub name: String,
    pub url: String,
    pub events: Vec<String>,
    pub ignored_chats: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub mode: WebhookMode,
    pub dialect: WebhookDialect,
}

/// What is to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    pub name: Option<String>,
    pub url: Option<String>,
    pub events: Option<Vec<String>>,
    pub ignored_chats: Option<Vec<String>>,
    pub headers: Option<Vec<(String, String)>>,
    pub mode: Option<WebhookMode>,
}

/// Which webhooks someone wants to see, newest first.
#[derive(Clone, Debug, Default)]
pub struct WebhookQuery {
    pub session: Option<SessionId>,
    /// Older than this one.
    pub before: Option<String>,
    pub limit: Option<u64>,
}

impl Core {
    /// Only what happens from now on is delivered.
    pub async fn create_webhook(&self, caller: &Caller, new: NewWebhook) -> Result<IssuedWebhook, Error> {
        caller.require(Scope::Webhooks)?;
        let session = new.session.clone().or_else(|| caller.only_session().cloned());
        let owner = match &session {
            Some(session) => self.session_for(caller, session, Scope::Webhooks).await?.owner,
            None => caller.owner(),
        };
        self.check_webhook_url(&new.url).await?;
        let (row, secret) = self.new_webhook(owner, NewWebhook { session, ..new })?;
        self.insert_webhook(caller, row, secret).await
    }

    pub async fn webhooks(&self, caller: &Caller, query: WebhookQuery) -> Result<Vec<Webhook>, Error> {
        caller.require(Scope::Webhooks)?;
        let limit = paging::size(query.limit);
        let session = caller.only_session().cloned().or(query.session);
        let filter = WebhookFilter { owner: caller.sees_only(), session, before: query.before };
        let rows = webhooks::list(self.store().reader(), &filter, limit).await?;
        Ok(rows.into_iter().map(Webhook::from).collect())
    }

    pub async fn webhook(&self, caller: &Caller, id: &str) -> Result<Webhook, Error> {
        self.webhook_for(caller, id, Scope::Webhooks).await.map(Webhook::from)
    }

    /// Holds for deliveries that wait, too.
    pub async fn update_webhook(&self, caller: &Caller, id: &str, change: WebhookChange) -> Result<Webhook, Error> {
        let change = checked(change)?;
        if let Some(url) = &change.url {
            self.check_webhook_url(url).await?;
        }
        self.change_webhook(caller, id, "webhook.update", move |row| {
            let change = change.clone();
            put(&mut row.name, change.name);
            put(&mut row.url, change.url);
            put(&mut row.kinds, change.events);
            put(&mut row.ignored_chats, change.ignored_chats);
            put(&mut row.headers, change.headers);
            put(&mut row.mode, change.mode);
        })
        .await
    }

    /// Deliveries gather until it is resumed.
    pub async fn pause_webhook(&self, caller: &Caller, id: &str) -> Result<Webhook, Error> {
        self.change_webhook(caller, id, "webhook.pause", |row| {
            if row.state == WebhookState::Active {
                row.state = WebhookState::Paused;
            }
        })
        .await
    }

    /// Delivers again, also where the receiver had said that it was gone.
    pub async fn resume_webhook(&self, caller: &Caller, id: &str) -> Result<Webhook, Error> {
        self.change_webhook(caller, id, "webhook.resume", |row| {
            (row.state, row.reason) = (WebhookState::Active, None);
        })
        .await
    }

    /// Deletes it with everything that was still to be delivered.
    pub async fn delete_webhook(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        let row = self.webhook_for(caller, id, Scope::Webhooks).await?;
        let entry = self.audit(caller, "webhook.delete", row.id.clone());
        let write = self.store().write(move |tx| {
            let (id, entry) = (row.id.clone(), entry.clone());
            Box::pin(async move {
                audit::insert(tx, &entry).await?;
                webhooks::delete(tx, &id).await
            })
        });
        write.await?;
        self.0.webhooks.announce();
        self.store().write_bulk(|tx| Box::pin(async move { deliveries::sweep(tx).await })).await?;
        Ok(())
    }

    /// The webhook behind an id, if this caller may do this with it. Another owner's does not exist for it.
    pub(super) async fn webhook_for(&self, caller: &Caller, id: &str, scope: Scope) -> Result<WebhookRow, Error> {
        caller.require(scope)?;
        let row = webhooks::find(self.store().reader(), id).await?;
        let seen = row.filter(|row| {
            caller.sees_only().is_none_or(|owner| owner == row.owner)
                && caller.only_session().is_none_or(|only| row.session.as_ref() == Some(only))
        });
        seen.ok_or_else(|| Error::not_found("webhook", id))
    }

    pub(super) async fn change_webhook(
        &self,
        caller: &Caller,
        id: &str,
        action: &'static str,
        change: impl Fn(&mut WebhookRow) + Clone + Send + Sync + 'static,
    ) -> Result<Webhook, Error> {
        self.webhook_for(caller, id, Scope::Webhooks).await?;
        let (id, now, entry) = (id.to_owned(), self.now(), self.audit(caller, action, id));
        let write = self.store().try_write(move |tx| {
            let (id, entry, change) = (id.clone(), entry.clone(), change.clone());
            Box::pin(async move {
                let found = webhooks::find(tx, &id).await?;
                let mut row = found.ok_or_else(|| Error::not_found("webhook", id))?;
                change(&mut row);
                // Never the same twice, also where the clock stands still.
                row.updated_at = now.max(row.updated_at.after(Duration::from_millis(1)));
                webhooks::update(tx, &row).await?;
                audit::insert(tx, &entry).await?;
                Ok::<_, Error>(row)
            })
        });
        let row = write.await?;
        self.0.webhooks.announce();
        Ok(row.into())
    }

    pub(super) fn new_webhook(&self, owner: UserId, new: NewWebhook) -> Result<(WebhookRow, SecretString), Error> {
        check::name(&new.name)?;
        check::events(&new.events)?;
        let (secret, now) = (secrets::generate()?, self.now());
        let row = WebhookRow {
            id: uuid::Uuid::now_v7().to_string(),
            owner,
            session: new.session,
            own_of_session: false,
            kinds: new.events,
            mode: new.mode,
            dialect: new.dialect,
            state: WebhookState::Active,
            reason: None,
            name: new.name,
            url: new.url,
            headers: check::headers(new.headers)?,
            ignored_chats: check::ignored_chats(&new.ignored_chats)?,
            secrets: vec![WebhookSecret { value: secret.clone(), until: None }],
            created_at: now,
            updated_at: now,
        };
        Ok((row, secret))
    }

    pub(super) async fn insert_webhook(
        &self,
        caller: &Caller,
        row: WebhookRow,
        secret: SecretString,
    ) -> Result<IssuedWebhook, Error> {
        let (webhook, entry) = (Webhook::from(row.clone()), self.audit(caller, "webhook.create", row.id.clone()));
        let write = self.store().write(move |tx| {
            let (row, entry) = (row.clone(), entry.clone());
            Box::pin(async move {
                webhooks::insert(tx, &row).await?;
                audit::insert(tx, &entry).await
            })
        });
        write.await?;
        self.0.webhooks.announce();
        Ok(IssuedWebhook { webhook, secret })
    }
}

fn checked(change: WebhookChange) -> Result<WebhookChange, Error> {
    change.name.as_deref().map_or(Ok(()), check::name)?;
    change.events.as_deref().map_or(Ok(()), check::events)?;
    let ignored_chats = change.ignored_chats.as_deref().map(check::ignored_chats).transpose()?;
    let headers = change.headers.map(check::headers).transpose()?;
    Ok(WebhookChange { ignored_chats, headers, ..change })
}

fn put<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
