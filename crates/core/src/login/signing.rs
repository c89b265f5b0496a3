//! Which secret signs, and which ones still verify.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretSlice};
use serde::{Serialize, de::DeserializeOwned};
use switchboard_model::Timestamp;
use switchboard_store::{audit, jwt_keys};

use super::jwt::{self, JwtError, SigningKey, Unverified, Validity};
use crate::{Caller, Core, Error, secrets};

/// The longest that any token lasts; a retired key is kept for as long.
const LONGEST_VALIDITY: Duration = Duration::from_secs(30 * 24 * 3600);
/// Other replicas notice a rotation after this long.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Keys already read; the database is asked again for a `kid` not among them.
#[derive(Default)]
pub(crate) struct SigningKeys {
    known: RwLock<HashMap<String, SecretSlice<u8>>>,
    signer: RwLock<Option<(SigningKey, Timestamp)>>,
}

impl Core {
    /// A token of any kind. The audience keeps the kinds apart.
    pub(crate) async fn issue_token<C: Serialize + Sync>(
        &self,
        validity: Validity,
        claims: &C,
    ) -> Result<secrecy::SecretString, Error> {
        jwt::sign(&self.signer().await?, validity, claims)
    }

    /// The claims of a token of ours for this audience, if it is still good, and when it expires.
    pub(crate) async fn verify_token<C: DeserializeOwned>(
        &self,
        token: &str,
        audience: &str,
    ) -> Result<(C, Timestamp), Error> {
        let token = Unverified::parse(token).map_err(refused)?;
        let secret = self.verifier(&token.kid).await?.ok_or_else(|| refused(JwtError::Signature))?;
        token.verify(&secret, audience, self.now()).map_err(refused)
    }

    /// Signs with a new secret from now on; tokens given out before stay good until they expire.
    pub async fn rotate_signing_key(&self, caller: &Caller) -> Result<(), Error> {
        caller.require_admin()?;
        if self.settings().auth.jwt_secret.is_some() {
            return Err(Error::Conflict("JWT_SECRET is set: change it there and restart".to_owned()));
        }
        let (old, new, now) = (self.signer().await?, generate()?, self.now());
        let entry = self.audit(caller, "signing_key.rotate", new.kid.clone());
        let write = self.store().write(move |tx| {
            let (old, new, entry) = (old.clone(), new.clone(), entry.clone());
            Box::pin(async move {
                jwt_keys::retire(tx, &old.kid, now).await?;
                jwt_keys::insert(tx, &new.kid, &new.secret, now).await?;
                jwt_keys::prune(tx, now.before(LONGEST_VALIDITY)).await?;
                audit::insert(tx, &entry).await
            })
        });
        write.await?;
        *self.0.identity.signing.signer.write().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    async fn signer(&self) -> Result<SigningKey, Error> {
        if let Some(secret) = &self.settings().auth.jwt_secret {
            return Ok(from_operator(secret));
        }
        let now = self.now();
        let remembered = self.0.identity.signing.signer.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((key, _)) = remembered.filter(|(_, since)| now.since(*since) < REMEMBERED) {
            return Ok(key);
        }
        let key = match self.stored_signer().await? {
            Some(key) => key,
            None => self.first_signer().await?,
        };
        *self.0.identity.signing.signer.write().unwrap_or_else(PoisonError::into_inner) = Some((key.clone(), now));
        Ok(key)
    }

    async fn stored_signer(&self) -> Result<Option<SigningKey>, Error> {
        let keys = jwt_keys::list(self.store().reader()).await?;
        let newest = keys.into_iter().find(|key| key.retired_at.is_none());
        Ok(newest.map(|key| SigningKey { kid: key.kid, secret: key.secret }))
    }

    async fn first_signer(&self) -> Result<SigningKey, Error> {
        let (key, now) = (generate()?, self.now());
        let new = key.clone();
        let write = self.store().write(move |tx| {
            let new = new.clone();
            Box::pin(async move { jwt_keys::insert(tx, &new.kid, &new.secret, now).await })
        });
        write.await?;
        Ok(key)
    }

    async fn verifier(&self, kid: &str) -> Result<Option<SecretSlice<u8>>, Error> {
        if let Some(key) = self.settings().auth.jwt_secret.as_ref().map(from_operator)
            && key.kid == kid
        {
            return Ok(Some(key.secret));
        }
        let signing = &self.0.identity.signing;
        if let Some(secret) = signing.known.read().unwrap_or_else(PoisonError::into_inner).get(kid) {
            return Ok(Some(secret.clone()));
        }
        let Some(key) = jwt_keys::find(self.store().reader(), kid).await? else { return Ok(None) };
        let mut known = signing.known.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(known.entry(key.kid).or_insert(key.secret).clone()))
    }
}

/// The `kid` follows from the secret, so that all replicas with the same one agree on it.
fn from_operator(secret: &secrecy::SecretString) -> SigningKey {
    let secret = secret.expose_secret();
    let kid = format!("op-{}", &secrets::fingerprint(&format!("kid of {secret}"))[..16]);
    SigningKey { kid, secret: secret.as_bytes().to_vec().into() }
}

fn generate() -> Result<SigningKey, Error> {
    let kid = hex::encode(secrets::random::<8>()?);
    Ok(SigningKey { kid, secret: secrets::random::<32>()?.to_vec().into() })
}

fn refused(error: JwtError) -> Error {
    match error {
        JwtError::Expired => expired(),
        _ => Error::Unauthenticated("the token is not valid".to_owned()),
    }
}

pub(crate) fn expired() -> Error {
    Error::Unauthenticated("the token has expired: sign in again".to_owned())
}
