//! API keys: for programs, with only what each needs.

mod authenticate;
mod issue;
mod limits;
mod manage;
mod service_token;
mod session_key;
mod standing;
#[cfg(test)]
mod tests;

use ipnet::IpNet;
use secrecy::SecretString;
use switchboard_model::{SessionId, Timestamp, UserId};
use switchboard_store::api_keys::ApiKeyRow;

use crate::{Error, caller::Scopes};

pub use issue::NewKey;
pub use standing::Admitted;
pub(crate) use standing::Standing;

/// What every generated key begins with, so that people and scanners know one when they see it.
const PREFIX: &str = "sb_";
/// So many characters of a key are stored in the clear.
const SHOWN: usize = 8;

/// A key as people see it: everything but the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: String,
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    pub scopes: Scopes,
    pub owner: UserId,
    /// Set if the key opens this session only.
    pub session: Option<SessionId>,
    /// The networks it may be used from; empty for all.
    pub allowed_ips: Vec<IpNet>,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// A new key, with the secret that is shown this once.
#[derive(Debug)]
pub struct IssuedKey {
    pub key: ApiKey,
    pub secret: SecretString,
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = Error;

    fn try_from(row: ApiKeyRow) -> Result<Self, Error> {
        let unreadable = |what: &str| Error::internal(format!("the {what} of key {} cannot be read", row.id));
        Ok(Self {
            scopes: row.scopes.parse().map_err(|_| unreadable("scopes"))?,
            allowed_ips: switchboard_egress::parse_networks(&row.allowed_ips).map_err(|_| unreadable("addresses"))?,
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            owner: row.owner,
            session: row.session,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
            created_at: row.created_at,
        })
    }
}
