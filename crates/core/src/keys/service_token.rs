//! The token that a microservice presents to run all sessions. Stored as a key of its own kind, which no list shows.

use secrecy::{ExposeSecret, SecretString};
use switchboard_model::UserId;
use switchboard_store::{StoreError, api_keys, api_keys::ApiKeyRow, audit};

use super::SHOWN;
use crate::{Caller, Core, Error, secrets};

pub(super) const ID: &str = "service";

impl Core {
    /// Makes the service token on the first start, unless the operator gives one. Returned only when made.
    pub async fn ensure_service_token(&self, caller: &Caller) -> Result<Option<SecretString>, Error> {
        caller.require_admin()?;
        let given = self.settings().auth.service_token.is_some();
        if given || api_keys::find(self.store().reader(), ID).await?.is_some() {
            return Ok(None);
        }
        let token = secrets::token("sbs_")?;
        let (row, entry) = (self.service_row(&token), self.audit(caller, "service_token.create", ID));
        let write = self.store().write(move |tx| {
            let (row, entry) = (row.clone(), entry.clone());
            Box::pin(async move {
                audit::insert(tx, &entry).await?;
                api_keys::insert(tx, &row).await
            })
        });
        match write.await {
            Ok(()) => Ok(Some(token)),
            // Another replica was faster, and it is the one that shows the token.
            Err(StoreError::Conflict(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn service_row(&self, token: &SecretString) -> ApiKeyRow {
        ApiKeyRow {
            id: ID.to_owned(),
            owner: UserId::ADMIN,
            session: None,
            scopes: String::new(),
            name: "service token".to_owned(),
            prefix: token.expose_secret().chars().take(SHOWN).collect(),
            hash: secrets::fingerprint(token.expose_secret()),
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
            created_at: self.now(),
            allowed_ips: String::new(),
        }
    }
}
