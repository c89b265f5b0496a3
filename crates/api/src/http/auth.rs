//! Who asks. Every credential the gateway knows is read in one place and judged by one function of `core`.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use secrecy::{ExposeSecret, SecretString};
use switchboard_core::{Admitted, Caller, Error};

use super::{Api, Failure, query::parameter};

/// A request with a good credential: `Authorization: Bearer` or `x-api-key`.
pub struct Signed(pub Caller);

/// The same, and `?token=` as well, for browsers, which cannot set headers on what they stream. A stream outlives
/// many a credential, so this one can be asked again.
pub struct SignedSocket {
    pub(crate) reader: Admitted,
    credential: SecretString,
    from: Option<IpAddr>,
}

impl SignedSocket {
    /// Whom the credential belongs to now.
    pub(crate) async fn again(&self, api: &Api) -> Result<Admitted, Error> {
        api.core.admit(self.credential.expose_secret(), self.from).await
    }
}

impl FromRequestParts<Api> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let credential = from_headers(&parts.headers)?.ok_or_else(missing)?;
        admit(parts, api, &credential).await.map(|admitted| Self(admitted.caller))
    }
}

impl FromRequestParts<Api> for SignedSocket {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let credential = match from_headers(&parts.headers)? {
            Some(credential) => credential,
            None => parameter(parts, "token").filter(|token| !token.is_empty()).ok_or_else(missing)?.into(),
        };
        let reader = admit(parts, api, &credential).await?;
        Ok(Self { reader, credential, from: address(parts) })
    }
}

/// Put on a request that another gateway was asked and has passed on: that one has counted it.
#[derive(Clone, Copy, Debug)]
pub struct PassedOn;

async fn admit(parts: &Parts, api: &Api, credential: &SecretString) -> Result<Admitted, Failure> {
    if parts.extensions.get::<PassedOn>().is_some() {
        return Ok(api.core.admit(credential.expose_secret(), address(parts)).await?);
    }
    api.admit(credential, address(parts)).await
}

/// Where the request came from, as the socket says: headers of proxies are not to be trusted.
pub struct Origin(pub Option<IpAddr>);

impl FromRequestParts<Api> for Origin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Failure> {
        Ok(Self(address(parts)))
    }
}

fn address(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

/// The credential a request carries, if any.
pub(crate) fn from_headers(headers: &HeaderMap) -> Result<Option<SecretString>, Failure> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer).ok_or_else(malformed)?;
        return Ok(Some(token.into()));
    }
    let Some(value) = headers.get("x-api-key") else { return Ok(None) };
    let key = value.to_str().map(str::trim).ok().filter(|key| !key.is_empty());
    key.map(|key| Some(key.into())).ok_or_else(malformed)
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

pub(crate) fn missing() -> Failure {
    Failure::unauthenticated("a credential is required: `Authorization: Bearer <token>` or `x-api-key: <key>`")
}

fn malformed() -> Failure {
    Failure::unauthenticated("the credential cannot be read: use `Authorization: Bearer <token>` or `x-api-key: <key>`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_token_is_read() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer   abc "), Some("abc"));
        for bad in ["", "abc", "Basic abc", "Bearer", "Bearer  ", "Bearerabc"] {
            assert_eq!(bearer(bad), None, "{bad:?}");
        }
    }
}
