//! Who may do what: users, keys, sign-in. What these use cases remember between calls lives in [`Identity`].

use std::{collections::HashMap, sync::Mutex};

use secrecy::SecretString;
use switchboard_model::Timestamp;

use crate::{
    login::{SigningKeys, Throttle},
    users::Passwords,
};

/// Secrets that the operator gives instead of having them generated.
#[derive(Clone, Debug, Default)]
pub struct AuthSettings {
    /// Acts as the first administrator (`API_KEY`).
    pub api_key: Option<SecretString>,
    /// Runs all sessions (`WHATSAPP_SERVICE_TOKEN`); replaces a generated one.
    pub service_token: Option<SecretString>,
    /// Signs tokens (`JWT_SECRET`).
    pub jwt_secret: Option<SecretString>,
}

/// Shared memory of the identity use cases.
#[derive(Default)]
pub(crate) struct Identity {
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) signing: SigningKeys,
    /// When the use of a key was last written down.
    pub(crate) noted_uses: Mutex<HashMap<String, Timestamp>>,
}
