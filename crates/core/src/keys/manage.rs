//! Listing, rotating and revoking keys.

use switchboard_store::{api_keys, audit};

use super::{ApiKey, IssuedKey, issue::manages_keys, service_token};
use crate::{Caller, Core, Error, paging};

impl Core {
    /// A page of the caller's keys, or of all for an administrator: newest first, older than the key `before`.
    pub async fn keys(&self, caller: &Caller, before: Option<&str>, limit: Option<u64>) -> Result<Vec<ApiKey>, Error> {
        manages_keys(caller)?;
        let limit = paging::size(limit);
        // One of them may be the service token, which no list shows.
        let rows = api_keys::list(self.store().reader(), caller.sees_only(), before, limit + 1).await?;
        let keys = rows.into_iter().filter(|row| row.id != service_token::ID);
        keys.take(usize::try_from(limit).unwrap_or(usize::MAX)).map(ApiKey::try_from).collect()
    }

    pub async fn key(&self, caller: &Caller, id: &str) -> Result<ApiKey, Error> {
        manages_keys(caller)?;
        let row = api_keys::find(self.store().reader(), id).await?;
        let seen =
            row.filter(|row| row.id != service_token::ID && caller.sees_only().is_none_or(|owner| owner == row.owner));
        seen.ok_or_else(|| Error::not_found("key", id))?.try_into()
    }

    /// A new secret under a new id; the old one ends at once.
    pub async fn rotate_key(&self, caller: &Caller, id: &str) -> Result<IssuedKey, Error> {
        let old = self.key(caller, id).await?;
        if let Some(scope) = old.scopes.iter().find(|scope| !caller.has(*scope)) {
            return Err(Error::Forbidden(format!("you cannot renew the scope `{scope}`, which you do not have")));
        }
        self.successor(caller, old).await
    }

    /// Ends a key at once. Revoking it again changes nothing.
    pub async fn revoke_key(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        let key = self.key(caller, id).await?;
        let (now, entry) = (self.now(), self.audit(caller, "key.revoke", key.id.clone()));
        let write = self.store().write(move |tx| {
            let (id, entry) = (key.id.clone(), entry.clone());
            Box::pin(async move {
                if api_keys::revoke(tx, &id, now).await? {
                    audit::insert(tx, &entry).await?;
                }
                Ok(())
            })
        });
        Ok(write.await?)
    }
}
