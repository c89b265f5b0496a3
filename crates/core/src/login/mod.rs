//! Signing in with name and password, and the tokens that this gives out.

mod jwt;
mod signing;
#[cfg(test)]
mod tests;
mod throttle;

use std::{net::IpAddr, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use switchboard_model::{Timestamp, UserId};
use switchboard_store::{
    audit,
    users::{self, UserRow},
};

use crate::{
    Admitted, Caller, Core, Error,
    replicas::News,
    users::{Role, User},
};

pub(crate) use {
    jwt::Validity,
    jwt::audience,
    signing::{SigningKeys, expired},
    throttle::Throttle,
};

const VALIDITY: Duration = Duration::from_secs(24 * 3600);
const AUDIENCE: &str = "login";
const LONGEST_INPUT: usize = 1024;

/// A login: the user, and the token to present from now on.
#[derive(Debug)]
pub struct SignedIn {
    pub user: User,
    pub token: SecretString,
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    epoch: i64,
}

impl Core {
    /// Guessing is slowed per address and per account, and an unknown name costs as much time as a wrong password.
    pub async fn sign_in(&self, name: &str, password: &SecretString, from: Option<IpAddr>) -> Result<SignedIn, Error> {
        if name.len() > LONGEST_INPUT {
            return Err(wrong());
        }
        self.admit_attempt(from, name)?;
        let row = users::find_by_name(self.store().reader(), name).await?;
        let hash = row.as_ref().map(|row| row.password_hash.as_str());
        let right = self.0.identity.passwords.verify(password, hash).await?;
        match row {
            Some(row) if right => self.signed_in(row, from).await,
            row => self.failed(row, from).await,
        }
    }

    /// Counts an attempt on an account, and tells the other gateways to count it along.
    pub(crate) fn admit_attempt(&self, from: Option<IpAddr>, name: &str) -> Result<(), Error> {
        let account = self.account_mark(name);
        self.0.identity.throttle.admit(self.now(), from, &account)?;
        self.tell(News::Tried { from, account });
        Ok(())
    }

    pub(crate) fn attempt_succeeded(&self, from: Option<IpAddr>, name: &str) {
        let account = self.account_mark(name);
        self.0.identity.throttle.succeeded(from, &account);
        self.tell(News::SignedIn { from, account });
    }

    /// What somebody types where a name belongs may be a password: nobody else is told it.
    fn account_mark(&self, name: &str) -> String {
        hex::encode(&self.store().mark("attempts to sign in", name.as_bytes())[..16])
    }

    /// Whom a login token belongs to, if it is still good.
    pub(crate) async fn caller_of_login(&self, token: &str) -> Result<Admitted, Error> {
        let (claims, until): (Claims, _) = self.verify_token(token, AUDIENCE).await?;
        let id = UserId(claims.sub.parse().map_err(|_| ended())?);
        let row = users::find(self.store().reader(), id).await?.ok_or_else(ended)?;
        if row.token_epoch != claims.epoch {
            return Err(ended());
        }
        let caller = row.role.parse::<Role>().map_err(|_| ended())?.caller(id);
        Ok(Admitted { caller, until: Some(until) })
    }

    async fn signed_in(&self, row: UserRow, from: Option<IpAddr>) -> Result<SignedIn, Error> {
        self.attempt_succeeded(from, &row.username);
        let (now, epoch) = (self.now(), row.token_epoch);
        let user = User::try_from(row)?;
        let expires_at = now.after(VALIDITY);
        let claims = Claims { sub: user.id.to_string(), epoch };
        let token = self.issue_token(Validity { audience: AUDIENCE, from: now, until: expires_at }, &claims).await?;
        self.note(&user.role.caller(user.id), "login", user.id.to_string(), from).await?;
        Ok(SignedIn { user, token, expires_at })
    }

    /// The name is not written down: people type passwords there.
    async fn failed(&self, row: Option<UserRow>, from: Option<IpAddr>) -> Result<SignedIn, Error> {
        let target = row.map_or_else(|| "unknown".to_owned(), |row| row.id.to_string());
        self.note(&Caller::System, "login.failed", target, from).await?;
        Err(wrong())
    }

    async fn note(&self, who: &Caller, what: &'static str, target: String, from: Option<IpAddr>) -> Result<(), Error> {
        let mut entry = self.audit(who, what, target);
        entry.detail = from.map(|address| format!("from {address}")).unwrap_or_default();
        let write = self.store().write(move |tx| {
            let entry = entry.clone();
            Box::pin(async move { audit::insert(tx, &entry).await })
        });
        Ok(write.await?)
    }
}

fn ended() -> Error {
    Error::Unauthenticated("this login has ended: sign in again".to_owned())
}

/// To somebody whose login has ended, who is gone, or who has another role now.
pub(crate) fn changed() -> Error {
    Error::Unauthenticated("this login has ended, or its rights have changed: sign in again".to_owned())
}

fn wrong() -> Error {
    Error::Unauthenticated("user name or password is wrong".to_owned())
}
