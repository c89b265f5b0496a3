//! Signatures in the form of Standard Webhooks: HMAC-SHA256 over id, time and body, one for each valid secret.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use switchboard_model::Timestamp;

const PREFIX: &str = "whsec_";

/// The value of `webhook-signature`.
pub(crate) fn sign<'a>(
    secrets: impl Iterator<Item = &'a SecretString>,
    id: &str,
    at: Timestamp,
    body: &[u8],
) -> String {
    let each: Vec<String> = secrets.filter_map(|secret| one(secret, id, at, body)).collect();
    each.join(" ")
}

/// None for a secret that is not in the form that the gateway makes them in.
fn one(secret: &SecretString, id: &str, at: Timestamp, body: &[u8]) -> Option<String> {
    let key = BASE64_STANDARD.decode(secret.expose_secret().strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{}.", at.secs()).as_bytes());
    mac.update(body);
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_known_signature() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let at = Timestamp::from_secs(1_614_265_330);
        let signed =
            sign([&secret, &secret].into_iter(), "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed, format!("{expected} {expected}"));
    }
}
