//! The one key that a session has on the surface that knows no other kind.

use secrecy::{ExposeSecret, SecretString};
use switchboard_model::SessionId;
use switchboard_store::{api_keys, api_keys::ApiKeyRow, audit};

use super::{ApiKey, IssuedKey, NewKey, issue::value_taken};
use crate::{Caller, Core, Error, caller::Scope};

/// By this name the key is known among the others of its session.
pub(super) const SESSION_KEY: &str = "session key";

impl Core {
    /// Gives a session its one key for sending, in place of the one it had. Good for `send` and `read`. An empty value
    /// asks for a generated one.
    pub async fn set_session_key(
        &self,
        caller: &Caller,
        session: &SessionId,
        value: Option<SecretString>,
    ) -> Result<IssuedKey, Error> {
        let owner = self.session_for(caller, session, Scope::Sessions).await?.owner;
        let scopes = [Scope::Send, Scope::Read].into_iter().collect();
        let value = value.filter(|value| !value.expose_secret().is_empty());
        let (name, session) = (SESSION_KEY.to_owned(), Some(session.clone()));
        let new = NewKey { name, scopes, session, value, ..NewKey::default() };
        let (row, secret) = self.new_row(owner, self.within_own_limits(caller, new).await?)?;
        self.replace_session_key(caller, row, secret).await
    }

    /// The one key of a session, if it has one.
    pub async fn session_key(&self, caller: &Caller, session: &SessionId) -> Result<Option<ApiKey>, Error> {
        self.session_for(caller, session, Scope::Read).await?;
        let keys = api_keys::of_session(self.store().reader(), session).await?;
        let current = keys.into_iter().find(|key| key.name == SESSION_KEY && key.revoked_at.is_none());
        current.map(ApiKey::try_from).transpose()
    }

    /// The old key is deleted rather than revoked, so that the same value can be set again.
    async fn replace_session_key(
        &self,
        caller: &Caller,
        row: ApiKeyRow,
        secret: SecretString,
    ) -> Result<IssuedKey, Error> {
        let key = ApiKey::try_from(row.clone())?;
        let target = row.session.as_ref().map(ToString::to_string).unwrap_or_default();
        let entry = self.audit(caller, "session_key.set", target);
        let write = self.store().write(move |tx| {
            let (row, entry) = (row.clone(), entry.clone());
            Box::pin(async move {
                if let Some(session) = &row.session {
                    api_keys::delete_named(tx, session, SESSION_KEY).await?;
                }
                audit::insert(tx, &entry).await?;
                api_keys::insert(tx, &row).await
            })
        });
        write.await.map_err(value_taken)?;
        Ok(IssuedKey { key, secret })
    }
}
