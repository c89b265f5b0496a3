//! Secrets that the operator gives. What is absent here is generated, shown once and kept sealed.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use switchboard_core::SHORTEST_PASSWORD;
use switchboard_store::MasterKey;

use super::read::{path_or, text};
use super::table::{ADMIN_PASSWORD, API_KEY, JWT_SECRET, MASTER_KEY, MASTER_KEY_FILE, SERVICE_TOKEN};
use super::{ConfigError, Setting, Values};

#[derive(Clone, Debug)]
pub struct Secrets {
    pub admin_password: Option<SecretString>,
    pub jwt_secret: Option<SecretString>,
    pub service_token: Option<SecretString>,
    pub api_key: Option<SecretString>,
}

/// Where the master key comes from.
#[derive(Clone, Debug)]
pub enum MasterKeySource {
    Given(SecretString),
    /// Made on first start if `generate` holds; a file that was named must exist.
    File {
        path: PathBuf,
        generate: bool,
    },
}

impl Secrets {
    pub(super) fn from_values(values: &Values) -> Result<Self, ConfigError> {
        let secret = |setting: &Setting| text(values, setting).map(SecretString::from);
        Ok(Self {
            admin_password: admin_password(values)?,
            jwt_secret: secret(&JWT_SECRET),
            service_token: secret(&SERVICE_TOKEN),
            api_key: secret(&API_KEY),
        })
    }
}

/// As long as any password has to be, unless the embedding program chose it.
fn admin_password(values: &Values) -> Result<Option<SecretString>, ConfigError> {
    let Some(value) = values.get(&ADMIN_PASSWORD) else { return Ok(None) };
    let length = value.text.chars().count();
    if values.is_given(&ADMIN_PASSWORD) && length < SHORTEST_PASSWORD {
        let what = format!("has {length} characters, at least {SHORTEST_PASSWORD} are needed");
        return Err(ConfigError::invalid(&ADMIN_PASSWORD, &value.origin, what));
    }
    Ok(Some(value.text.clone().into()))
}

impl MasterKeySource {
    pub(super) fn from_values(values: &Values, data_dir: &Path) -> Result<Self, ConfigError> {
        let Some(value) = values.get(&MASTER_KEY) else {
            let generate = !values.is_given(&MASTER_KEY_FILE);
            return Ok(Self::File {
                path: path_or(values, &MASTER_KEY_FILE, || data_dir.join("master.key")),
                generate,
            });
        };
        let key = SecretString::from(value.text.as_str());
        let readable = MasterKey::parse(&key, MASTER_KEY.env).is_ok();
        let what = "is not 32 bytes in hexadecimal or base64; make one with `openssl rand -hex 32`";
        readable.then_some(Self::Given(key)).ok_or_else(|| ConfigError::invalid(&MASTER_KEY, &value.origin, what))
    }
}
