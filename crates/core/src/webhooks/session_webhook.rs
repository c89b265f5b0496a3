//! The one webhook that a session has on the surface that knows no other kind.

use secrecy::SecretString;
use switchboard_model::{SessionId, WebhookDialect, WebhookState};
use switchboard_store::webhooks::{self, WebhookRow};

use super::{NewWebhook, Webhook};
use crate::{Caller, Core, Error, caller::Scope};

/// What others say and do: the document tells of nothing else.
const EVENTS: [&str; 5] =
    ["message.received", "message.reaction", "message.edited", "message.revoked", "message.poll_vote"];

impl Core {
    /// Sets where the session's messages go; an empty URL ends it. The secret is shown when there was none before.
    pub async fn set_session_webhook(
        &self,
        caller: &Caller,
        session: &SessionId,
        url: &str,
    ) -> Result<Option<SecretString>, Error> {
        let owner = self.session_for(caller, session, Scope::Sessions).await?.owner;
        let present = webhooks::own_of_session(self.store().reader(), session).await?;
        if !url.is_empty() {
            self.check_webhook_url(url).await?;
        }
        match present {
            None if url.is_empty() => Ok(None),
            Some(row) if url.is_empty() => self.delete_webhook(&Caller::System, &row.id).await.map(|()| None),
            Some(row) => self.move_session_webhook(&row, url).await.map(|()| None),
            None => {
                let new = NewWebhook {
                    session: Some(session.clone()),
                    url: url.to_owned(),
                    events: EVENTS.map(str::to_owned).into(),
                    dialect: WebhookDialect::Multisession,
                    ..NewWebhook::default()
                };
                let (row, secret) = self.new_webhook(owner, new)?;
                let row = WebhookRow { own_of_session: true, ..row };
                self.insert_webhook(caller, row, secret).await.map(|issued| Some(issued.secret))
            }
        }
    }

    /// The webhook set that way, if there is one.
    pub async fn session_webhook(&self, caller: &Caller, session: &SessionId) -> Result<Option<Webhook>, Error> {
        self.session_for(caller, session, Scope::Read).await?;
        Ok(webhooks::own_of_session(self.store().reader(), session).await?.map(Webhook::from))
    }

    /// Another URL is another receiver: one that was gone says nothing about it.
    async fn move_session_webhook(&self, row: &WebhookRow, url: &str) -> Result<(), Error> {
        let url = url.to_owned();
        let changed = self.change_webhook(&Caller::System, &row.id, "webhook.update", move |row| {
            row.url.clone_from(&url);
            (row.state, row.reason) = (WebhookState::Active, None);
        });
        changed.await.map(drop)
    }
}
