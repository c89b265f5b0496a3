//! Who may manage sessions. The document asks for no credential, which is safe only where nobody else can reach:
//! on loopback, and not through a browser that another site or a rebound name has led here, nor through a proxy.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use switchboard_core::{Caller, Error};
use switchboard_model::{Origin, SessionId};

use crate::http::{Api, Failure, SessionPath, Signed, host_name, own_origin};

/// What the listener's address allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Bound to loopback: no credential is asked for.
    Open,
    /// Bound elsewhere: an administrator's credential is.
    Signed,
}

impl Door {
    #[must_use]
    pub fn of(address: SocketAddr) -> Self {
        if address.ip().is_loopback() { Self::Open } else { Self::Signed }
    }
}

/// A caller that may manage the sessions of this surface.
pub(super) struct Manager(pub(super) Caller);

impl FromRequestParts<Api> for Manager {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        match parts.extensions.get::<Door>() {
            Some(door @ Door::Open) => door.admit(&parts.headers).map(|()| Self(Caller::Open)),
            _ => {
                let Signed(caller) = Signed::from_request_parts(parts, api).await?;
                caller.require_admin()?;
                Ok(Self(caller))
            }
        }
    }
}

/// A session of this surface that a path names, and a caller that may manage it. What was made on another surface does
/// not exist here, whoever asks.
pub(super) struct Device {
    pub(super) caller: Caller,
    pub(super) id: SessionId,
}

impl FromRequestParts<Api> for Device {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let Manager(caller) = Manager::from_request_parts(parts, api).await?;
        let SessionPath(id) = SessionPath::from_request_parts(parts, api).await?;
        match api.core.session(&caller, &id).await?.session.origin {
            Origin::WaApi => Ok(Self { caller, id }),
            _ => Err(Error::not_found("session", id.as_str()).into()),
        }
    }
}

impl Door {
    /// Whether this request may come in without a credential.
    pub fn admit(self, headers: &HeaderMap) -> Result<(), Failure> {
        match self {
            Self::Open => came_directly(headers),
            Self::Signed => Err(crate::http::missing()),
        }
    }
}

/// Refuses what a page of another site, a rebound name or a proxy may have sent.
fn came_directly(headers: &HeaderMap) -> Result<(), Failure> {
    let refuse = |what: &str| {
        Err(Failure::Refused(Error::Forbidden(format!(
            "sessions are managed here without a credential, so only from this machine directly: {what}"
        ))))
    };
    let proxied = |name: &str| matches!(name, "forwarded" | "via") || name.starts_with("x-forwarded-");
    if headers.keys().any(|name| proxied(name.as_str())) {
        return refuse("the request came through a proxy");
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_loopback) {
        return refuse("the Host header does not name this machine");
    }
    match own_origin(headers) {
        None | Some(true) => Ok(()),
        Some(false) => refuse("the request came from the page of another site"),
    }
}

/// `localhost` or an address of the loopback ranges, with or without a port.
fn is_loopback(host: &str) -> bool {
    let name = host_name(host);
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(&'static str, &'static str)]) -> bool {
        let pairs = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), header::HeaderValue::from_static(value)));
        came_directly(&pairs.collect()).is_ok()
    }

    #[test]
    fn a_program_on_this_machine_comes_in() {
        for host in ["localhost:3000", "127.0.0.1:3000", "127.0.0.1", "[::1]:3000", "LOCALHOST"] {
            assert!(allowed(&[("host", host)]), "{host}");
        }
        assert!(allowed(&[("host", "localhost:3000"), ("origin", "http://localhost:3000")]));
    }

    #[test]
    fn rebound_names_other_sites_and_proxies_stay_outside() {
        assert!(!allowed(&[]));
        for host in ["evil.example:3000", "127.0.0.1.evil.example", "10.0.0.1:3000", "localhost.evil.example"] {
            assert!(!allowed(&[("host", host)]), "{host}");
        }
        for origin in ["http://evil.example", "http://localhost:8080", "null", "http://localhost:3000.evil.example"] {
            assert!(!allowed(&[("host", "localhost:3000"), ("origin", origin)]), "{origin}");
        }
        for proxy in ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"] {
            assert!(!allowed(&[("host", "localhost:3000"), (proxy, "x")]), "{proxy}");
        }
    }
}
