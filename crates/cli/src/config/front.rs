//! What stands before the routes of every listener: encryption, proxies, and the pages of other sites.

use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;

use super::read::{networks, optional};
use super::table::{ADVERTISE, CORS_ORIGINS, TLS_CERT, TLS_KEY, TRUSTED_PROXIES};
use super::{ConfigError, Values};

#[derive(Clone, Debug)]
pub struct Front {
    /// HTTPS on every listener.
    pub tls: Option<TlsFiles>,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Where other gateways send requests to.
    pub advertise: Option<Url>,
    /// Origins of pages that may ask, as browsers write them, or `*`.
    pub cors_origins: Vec<String>,
}

/// Both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Front {
    pub(super) fn from_values(values: &Values) -> Result<Self, ConfigError> {
        Ok(Self {
            tls: tls(values)?,
            trusted_proxies: optional(values, &TRUSTED_PROXIES, networks)?.unwrap_or_default(),
            advertise: optional(values, &ADVERTISE, address)?,
            cors_origins: optional(values, &CORS_ORIGINS, origins)?.unwrap_or_default(),
        })
    }
}

fn tls(values: &Values) -> Result<Option<TlsFiles>, ConfigError> {
    let path = |setting| optional(values, setting, |text| Ok(PathBuf::from(text)));
    match (path(&TLS_CERT)?, path(&TLS_KEY)?) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(half(TLS_CERT.env, TLS_KEY.env)),
        (None, Some(_)) => Err(half(TLS_KEY.env, TLS_CERT.env)),
    }
}

fn half(given: &str, missing: &str) -> ConfigError {
    ConfigError::Clash(format!("{given} is given and {missing} is not: HTTPS needs the certificate and its key"))
}

fn address(text: &str) -> Result<Url, String> {
    let fault = || format!("is `{text}`, which is not a URL of the form http://HOST:PORT");
    let url = Url::parse(text).ok().filter(Url::has_host).ok_or_else(fault)?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.username().is_empty();
    (matches!(url.scheme(), "http" | "https") && bare).then_some(url).ok_or_else(fault)
}

fn origins(text: &str) -> Result<Vec<String>, String> {
    text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(origin).collect()
}

/// In the one spelling that browsers use.
fn origin(text: &str) -> Result<String, String> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let fault =
        || format!("has `{text}`; an origin is a scheme and a host, such as https://app.example, without a path");
    let url = Url::parse(text).ok().filter(Url::has_host).ok_or_else(fault)?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    // There are no patterns, and one that never matches would be a riddle.
    if !bare || !url.username().is_empty() || text.contains('*') {
        return Err(fault());
    }
    let origin = url.origin();
    // Of other schemes, such as those of apps, only the text is known.
    Ok(if origin.is_tuple() { origin.ascii_serialization() } else { text.trim_end_matches('/').to_ascii_lowercase() })
}
