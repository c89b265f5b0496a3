//! Making keys.

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use switchboard_model::{SessionId, Timestamp, UserId};
use switchboard_store::{StoreError, api_keys, api_keys::ApiKeyRow, audit};

use super::{ApiKey, IssuedKey, PREFIX, SHOWN, session_key::SESSION_KEY};
use crate::{
    Caller, Core, Error,
    caller::{Scope, Scopes},
    secrets,
};

const SHORTEST_CUSTOM: usize = 16;
const LONGEST_CUSTOM: usize = 256;
const LONGEST_NAME: usize = 100;

/// A key to be made.
#[derive(Debug, Default)]
pub struct NewKey {
    pub name: String,
    pub scopes: Scopes,
    /// Somebody else than the caller; for administrators.
    pub owner: Option<UserId>,
    /// Binds the key to one session. It then belongs to the session's owner.
    pub session: Option<SessionId>,
    pub allowed_ips: Vec<IpNet>,
    pub expires_at: Option<Timestamp>,
    /// A key of the caller's choosing instead of a generated one.
    pub value: Option<SecretString>,
}

impl Core {
    /// Nobody can give a key more than they have themselves.
    pub async fn create_key(&self, caller: &Caller, new: NewKey) -> Result<IssuedKey, Error> {
        manages_keys(caller)?;
        self.check_new_key(caller, &new)?;
        let new = self.within_own_limits(caller, new).await?;
        let owner = match (&new.session, new.owner) {
            (Some(session), _) => self.session_for(caller, session, Scope::Sessions).await?.owner,
            (None, owner) => owner.unwrap_or_else(|| caller.owner()),
        };
        self.check_owner(owner, &new.scopes).await?;
        let (row, secret) = self.new_row(owner, new)?;
        self.insert_key(caller, row, secret).await
    }

    /// A new key with everything but the secret of `old`, which ends with the same commit.
    pub(super) async fn successor(&self, caller: &Caller, old: ApiKey) -> Result<IssuedKey, Error> {
        check_binding(&old.scopes, old.session.as_ref())?;
        let (owner, replaced, now) = (old.owner, old.id.clone(), self.now());
        let new = NewKey {
            name: old.name,
            scopes: old.scopes,
            owner: None,
            session: old.session,
            allowed_ips: old.allowed_ips,
            expires_at: old.expires_at,
            value: None,
        };
        let new = self.within_own_limits(caller, new).await?;
        let (row, secret) = self.new_row(owner, new)?;
        let (key, mut entry) = (ApiKey::try_from(row.clone())?, self.audit(caller, "key.rotate", replaced.clone()));
        entry.detail = format!("now {}", row.id);
        let write = self.store().try_write(move |tx| {
            let (row, entry, replaced) = (row.clone(), entry.clone(), replaced.clone());
            Box::pin(async move {
                if !api_keys::revoke(tx, &replaced, now).await? {
                    return Err(Error::Conflict("this key is revoked: make a new one".to_owned()));
                }
                api_keys::insert(tx, &row).await?;
                Ok(audit::insert(tx, &entry).await?)
            })
        });
        write.await?;
        Ok(IssuedKey { key, secret })
    }

    fn check_new_key(&self, caller: &Caller, new: &NewKey) -> Result<(), Error> {
        check_name(&new.name)?;
        if new.scopes.is_empty() {
            return Err(Error::invalid("scopes", "name at least one"));
        }
        if let Some(scope) = new.scopes.iter().find(|scope| !caller.has(*scope)) {
            return Err(Error::Forbidden(format!("you cannot give the scope `{scope}`, which you do not have")));
        }
        check_binding(&new.scopes, new.session.as_ref())?;
        if new.owner.is_some_and(|owner| owner != caller.owner()) {
            caller.require_admin()?;
        }
        if new.expires_at.is_some_and(|at| at <= self.now()) {
            return Err(Error::invalid("expires_at", "lies in the past"));
        }
        Ok(())
    }

    /// A key with scope `admin` is only as good as its owner.
    async fn check_owner(&self, owner: UserId, scopes: &Scopes) -> Result<(), Error> {
        let user = self.user(&Caller::System, owner).await.map_err(|error| match error {
            Error::NotFound { .. } => Error::invalid("owner", format!("there is no user {owner}")),
            other => other,
        })?;
        if user.role.caller(owner).is_admin() || !scopes.iter().any(Scope::is_beyond_sessions) {
            return Ok(());
        }
        Err(Error::invalid("scopes", "admin and cron are for administrators"))
    }

    pub(super) fn new_row(&self, owner: UserId, new: NewKey) -> Result<(ApiKeyRow, SecretString), Error> {
        let secret = match new.value {
            Some(value) => checked_custom(value)?,
            None => secrets::token(PREFIX)?,
        };
        let row = ApiKeyRow {
            id: uuid::Uuid::now_v7().to_string(),
            owner,
            session: new.session,
            scopes: new.scopes.to_string(),
            name: new.name,
            prefix: secret.expose_secret().chars().take(SHOWN).collect(),
            hash: secrets::fingerprint(secret.expose_secret()),
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
            created_at: self.now(),
            allowed_ips: spaced(&new.allowed_ips),
        };
        Ok((row, secret))
    }

    async fn insert_key(&self, caller: &Caller, row: ApiKeyRow, secret: SecretString) -> Result<IssuedKey, Error> {
        let (key, mut entry) = (ApiKey::try_from(row.clone())?, self.audit(caller, "key.create", row.id.clone()));
        entry.detail = format!("scopes {}", key.scopes);
        let write = self.store().write(move |tx| {
            let (row, entry) = (row.clone(), entry.clone());
            Box::pin(async move {
                audit::insert(tx, &entry).await?;
                api_keys::insert(tx, &row).await
            })
        });
        write.await.map_err(value_taken)?;
        Ok(IssuedKey { key, secret })
    }
}

/// Keys are handled by people, and by keys that may do everything: a lesser key cannot breed.
pub(super) fn manages_keys(caller: &Caller) -> Result<(), Error> {
    match caller {
        Caller::User(_) => Ok(()),
        other => other.require_admin(),
    }
}

/// With such a scope the key would not stay with its session.
fn check_binding(scopes: &Scopes, session: Option<&SessionId>) -> Result<(), Error> {
    match scopes.iter().find(|scope| scope.is_beyond_sessions()) {
        Some(scope) if session.is_some() => Err(Error::invalid(
            "scopes",
            format!("`{scope}` reaches beyond one session: make the key without it, or without `session`"),
        )),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", format!("needs 1 to {LONGEST_NAME} printable characters")));
    }
    if name == SESSION_KEY {
        return Err(Error::invalid("name", format!("`{SESSION_KEY}` is taken by the gateway")));
    }
    Ok(())
}

fn checked_custom(value: SecretString) -> Result<SecretString, Error> {
    let text = value.expose_secret();
    if !(SHORTEST_CUSTOM..=LONGEST_CUSTOM).contains(&text.len()) {
        let reason = format!("needs {SHORTEST_CUSTOM} to {LONGEST_CUSTOM} characters");
        return Err(Error::invalid("apiKey", reason));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid("apiKey", "uses visible ASCII characters only"));
    }
    Ok(value)
}

pub(super) fn value_taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => Error::Conflict("this key is in use already: choose another".to_owned()),
        other => other.into(),
    }
}

fn spaced(networks: &[IpNet]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
