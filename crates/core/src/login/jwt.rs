//! JSON Web Tokens of exactly one kind: HS256, with a `kid`, an audience and an expiry.
//!
//! Written here because the usual crates bring RSA and elliptic curves along, and a choice of algorithms that
//! nobody should have.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::Sha256;
use switchboard_model::Timestamp;

use crate::Error;

/// Session tokens carry sealed credentials, so they are not small.
const LONGEST: usize = 64 * 1024;
const LONGEST_KID: usize = 64;

/// Why a token is not accepted. People are told no more than that it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwtError {
    #[error("the token is malformed")]
    Malformed,
    #[error("the token is signed in another way than HS256")]
    Algorithm,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token has expired")]
    Expired,
    #[error("the token is for another purpose")]
    Audience,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typ: Option<String>,
    kid: String,
    /// Extensions that one has to understand: we understand none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<serde_json::Value>,
}

/// What every token says beside the claims of its kind.
#[derive(Serialize, Deserialize)]
struct Envelope<C> {
    aud: String,
    iat: i64,
    exp: i64,
    #[serde(flatten)]
    claims: C,
}

/// The purpose of a token and how long it lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    pub(crate) audience: &'static str,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

/// The secret that signs, and the name by which a token refers to it.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) secret: SecretSlice<u8>,
}

pub(crate) fn sign<C: Serialize>(key: &SigningKey, validity: Validity, claims: &C) -> Result<SecretString, Error> {
    let header = Header { alg: "HS256".to_owned(), typ: Some("JWT".to_owned()), kid: key.kid.clone(), crit: None };
    let Validity { audience, from, until } = validity;
    let envelope = Envelope { aud: audience.to_owned(), iat: from.secs(), exp: until.secs(), claims };
    let signed = format!("{}.{}", part(&header)?, part(&envelope)?);
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac(&key.secret, &signed)?.finalize().into_bytes());
    Ok(format!("{signed}.{signature}").into())
}

/// A token taken apart; nothing in it is to be believed before [`verify`](Self::verify).
pub(crate) struct Unverified<'a> {
    pub(crate) kid: String,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    pub(crate) fn parse(token: &'a str) -> Result<Self, JwtError> {
        if token.len() > LONGEST {
            return Err(JwtError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwtError::Malformed)?;
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| JwtError::Malformed)?;
        if header.alg != "HS256" || header.crit.is_some() || header.typ.is_some_and(|typ| typ != "JWT") {
            return Err(JwtError::Algorithm);
        }
        if header.kid.len() > LONGEST_KID || !header.kid.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(JwtError::Malformed);
        }
        Ok(Self { kid: header.kid, signed, payload: decode(payload)?, signature: decode(signature)? })
    }

    /// Its claims, and when it expires.
    pub(crate) fn verify<C: DeserializeOwned>(
        &self,
        secret: &SecretSlice<u8>,
        audience: &str,
        now: Timestamp,
    ) -> Result<(C, Timestamp), JwtError> {
        let mac = mac(secret, self.signed).map_err(|_| JwtError::Signature)?;
        mac.verify_slice(&self.signature).map_err(|_| JwtError::Signature)?;
        let envelope: Envelope<C> = serde_json::from_slice(&self.payload).map_err(|_| JwtError::Malformed)?;
        if envelope.aud != audience {
            return Err(JwtError::Audience);
        }
        if envelope.exp <= now.secs() {
            return Err(JwtError::Expired);
        }
        Ok((envelope.claims, Timestamp::from_secs(envelope.exp)))
    }
}

/// The purpose that a token claims, unverified: it only chooses who verifies.
pub(crate) fn audience(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Purpose {
        aud: String,
    }
    let payload = Unverified::parse(token).ok()?.payload;
    Some(serde_json::from_slice::<Purpose>(&payload).ok()?.aud)
}

fn mac(secret: &SecretSlice<u8>, text: &str) -> Result<Hmac<Sha256>, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret()).map_err(Error::internal)?;
    mac.update(text.as_bytes());
    Ok(mac)
}

fn part(value: &impl Serialize) -> Result<String, Error> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).map_err(Error::internal)?))
}

fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Malformed)
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
