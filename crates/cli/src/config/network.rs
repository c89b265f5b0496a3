//! The network of the accounts, and what may go out to others.

use secrecy::SecretString;
use url::Url;

use super::read::{limit, networks, optional, required, text};
use super::table::{BUS_URL, CLIENT_VERSION, DEVICE_NAME, EGRESS_ALLOW, NETWORK, RATE_LIMIT, REDIS_URL};
use super::{ConfigError, Values};

#[derive(Clone, Debug)]
pub struct Network {
    /// Another network than WhatsApp's own.
    pub url: Option<Url>,
    pub client_version: Option<(u32, u32, u32)>,
    pub device_name: String,
    /// Private ranges that webhooks may reach all the same.
    pub egress_allow: Vec<ipnet::IpNet>,
    /// Requests a second for each caller.
    pub rate_limit: Option<u32>,
    /// The Redis server over which gateways on one database speak to each other.
    pub bus: Option<SecretString>,
}

impl Network {
    pub(super) fn from_values(values: &Values) -> Result<Self, ConfigError> {
        Ok(Self {
            url: optional(values, &NETWORK, web_socket_url)?,
            client_version: optional(values, &CLIENT_VERSION, version)?,
            device_name: required(values, &DEVICE_NAME, |t| Ok(t.to_owned()))?,
            egress_allow: optional(values, &EGRESS_ALLOW, networks)?.unwrap_or_default(),
            rate_limit: required(values, &RATE_LIMIT, limit)?,
            bus: text(values, &BUS_URL)
                .or_else(|| text(values, &REDIS_URL))
                .filter(|url| url != "off")
                .map(SecretString::from),
        })
    }
}

fn web_socket_url(text: &str) -> Result<Url, String> {
    let fault = || format!("is `{text}`, which is not a URL of the form ws://HOST:PORT/PATH or wss://...");
    let url = Url::parse(text).map_err(|_| fault())?;
    (matches!(url.scheme(), "ws" | "wss") && url.has_host()).then_some(url).ok_or_else(fault)
}

fn version(text: &str) -> Result<(u32, u32, u32), String> {
    let numbers: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
    match numbers.as_deref() {
        Some([major, minor, patch]) => Ok((*major, *minor, *patch)),
        _ => Err(format!("is `{text}`, which is not three numbers with dots between")),
    }
}
