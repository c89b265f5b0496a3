//! Key material as the phone keeps it: short base64 strings when written down.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use wacore_libsignal::protocol::{KeyPair, PrivateKey};

use crate::random;

/// 32 random bytes.
#[derive(Clone)]
pub(super) struct Secret(pub(super) [u8; 32]);

impl Secret {
    pub(super) fn random() -> Self {
        Self(random::bytes())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        blob::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = blob::deserialize(deserializer)?;
        bytes.try_into().map(Self).map_err(|_| D::Error::custom("a secret must have 32 bytes"))
    }
}

/// A key pair, written down as its private half.
#[derive(Clone)]
pub(super) struct Pair(pub(super) KeyPair);

impl Pair {
    pub(super) fn generate() -> Self {
        Self(random::key_pair())
    }

    pub(super) fn public(&self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.public_key.public_key_bytes());
        out
    }

    /// Signing with a well-formed key cannot fail; an empty signature would be refused by every client.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> Vec<u8> {
        let signed = self.0.calculate_signature(&parts.concat(), &mut random::rng());
        signed.map(|s| s.to_vec()).unwrap_or_default()
    }
}

impl Serialize for Pair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        blob::serialize(self.0.private_key.serialize(), serializer)
    }
}

impl<'de> Deserialize<'de> for Pair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let private = PrivateKey::deserialize(&blob::deserialize(deserializer)?).map_err(D::Error::custom)?;
        KeyPair::try_from(private).map(Self).map_err(D::Error::custom)
    }
}

/// Bytes of any length.
pub(crate) mod blob {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
