//! From a presented credential to a caller.

use std::{net::IpAddr, sync::PoisonError, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use switchboard_model::{Timestamp, UserId};
use switchboard_store::{api_keys, api_keys::ApiKeyRow, users};

use super::{Admitted, ApiKey, service_token};
use crate::{Caller, Core, Error, caller::Scope, handover, login::audience, secrets};

/// The use of a key is written down this often at most.
const NOTED_EVERY: Duration = Duration::from_secs(60);
const LONGEST: usize = 64 * 1024;

impl Core {
    /// Whom a credential of any kind belongs to: an API key, the static one, the service token, a login token, a session
    /// token.
    pub async fn authenticate(&self, presented: &str, from: Option<IpAddr>) -> Result<Caller, Error> {
        Ok(self.admit(presented, from).await?.caller)
    }

    /// The same for somebody who stays for a while: with the end of the credential.
    pub async fn admit(&self, presented: &str, from: Option<IpAddr>) -> Result<Admitted, Error> {
        if presented.is_empty() {
            return Err(Error::Unauthenticated("a credential is needed: an API key or a login token".to_owned()));
        }
        if presented.len() > LONGEST {
            return Err(unknown());
        }
        let auth = &self.settings().auth;
        if is(auth.api_key.as_ref(), presented) {
            return Ok(Caller::Admin(UserId::ADMIN).into());
        }
        if is(auth.service_token.as_ref(), presented) {
            return Ok(Caller::Service.into());
        }
        if let Some(row) = api_keys::find_by_hash(self.store().reader(), &secrets::fingerprint(presented)).await? {
            return Ok(self.caller_of_key(row, from).await?.into());
        }
        // Asked last: a key of somebody's own choosing may look like a token.
        if presented.matches('.').count() == 2 { self.caller_of_token(presented, from).await } else { Err(unknown()) }
    }

    async fn caller_of_token(&self, presented: &str, from: Option<IpAddr>) -> Result<Admitted, Error> {
        match audience(presented).as_deref() {
            Some(handover::AUDIENCE) => self.caller_of_session_token(presented, from).await,
            _ => self.caller_of_login(presented).await,
        }
    }

    /// Whether the credential named by `actor` could be presented from here now.
    pub(crate) async fn still_in_force(&self, actor: &str, from: Option<IpAddr>) -> Result<(), Error> {
        let gone = || Error::Unauthenticated("the credential behind this token is gone".to_owned());
        if let Some(id) = actor.strip_prefix("key:") {
            let row = api_keys::find(self.store().reader(), id).await?.ok_or_else(gone)?;
            return in_force(&ApiKey::try_from(row)?, self.now(), from);
        }
        if let Some(id) = actor.strip_prefix("user:") {
            let id = UserId(id.parse().map_err(|_| gone())?);
            users::find(self.store().reader(), id).await?.ok_or_else(gone)?;
        }
        Ok(())
    }

    async fn caller_of_key(&self, row: ApiKeyRow, from: Option<IpAddr>) -> Result<Caller, Error> {
        if row.id == service_token::ID {
            // A token that the operator gives replaces the generated one.
            let replaced = self.settings().auth.service_token.is_some();
            return if replaced { Err(unknown()) } else { Ok(Caller::Service) };
        }
        let key = ApiKey::try_from(row)?;
        in_force(&key, self.now(), from)?;
        self.note_use(&key.id).await;
        let scopes = if key.scopes.contains(Scope::Admin) && !self.is_admin_user(key.owner).await? {
            key.scopes.without(Scope::Admin)
        } else {
            key.scopes
        };
        Ok(Caller::Key { id: key.id, owner: key.owner, scopes, session: key.session })
    }

    async fn is_admin_user(&self, id: UserId) -> Result<bool, Error> {
        Ok(self.user(&Caller::System, id).await?.role.caller(id).is_admin())
    }

    /// A use that cannot be written down is a use all the same.
    async fn note_use(&self, id: &str) {
        let now = self.now();
        if !self.first_use_for_a_while(id, now) {
            return;
        }
        let key = id.to_owned();
        let write = self.store().write(move |tx| {
            let key = key.clone();
            Box::pin(async move { api_keys::touch(tx, &key, now).await })
        });
        if let Err(error) = write.await {
            tracing::warn!(key = id, %error, "the use of a key could not be noted");
        }
    }

    fn first_use_for_a_while(&self, id: &str, now: Timestamp) -> bool {
        let mut noted = self.0.identity.noted_uses.lock().unwrap_or_else(PoisonError::into_inner);
        let due = noted.get(id).is_none_or(|last| now.since(*last) >= NOTED_EVERY);
        if due {
            noted.insert(id.to_owned(), now);
        }
        due
    }
}

fn is(secret: Option<&SecretString>, presented: &str) -> bool {
    secret.is_some_and(|secret| secrets::same(secret.expose_secret(), presented))
}

fn in_force(key: &ApiKey, now: Timestamp, from: Option<IpAddr>) -> Result<(), Error> {
    not_ended(key, now)?;
    let allowed = |address: IpAddr| key.allowed_ips.iter().any(|network| network.contains(&address.to_canonical()));
    if !key.allowed_ips.is_empty() && !from.is_some_and(allowed) {
        return Err(Error::Forbidden(
            "this API key may not be used from this address: its `allowed_ips` leave it out".to_owned(),
        ));
    }
    Ok(())
}

pub(super) fn not_ended(key: &ApiKey, now: Timestamp) -> Result<(), Error> {
    if key.revoked_at.is_some() {
        return Err(Error::Unauthenticated("this API key is revoked: make a new one".to_owned()));
    }
    if key.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::Unauthenticated("this API key has expired: make a new one".to_owned()));
    }
    Ok(())
}

pub(super) fn unknown() -> Error {
    Error::Unauthenticated("this credential is not known here".to_owned())
}
