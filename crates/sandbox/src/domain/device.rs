//! A companion device as the server knows it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use switchboard_model::Timestamp;

use super::connection::ConnId;
use super::queue::OfflineQueue;
use super::{OneTimeKey, PreKeyBundle, SignedPreKey};

/// A device with fewer one-time keys than this is asked for more.
pub(crate) const LOW_WATER: usize = 10;

#[derive(Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) noise_key: [u8; 32],
    pub(crate) keys: KeyShelf,
    /// `ADVSignedDeviceIdentity` as the companion signed it back: proof for others that it belongs to the account.
    pub(crate) adv: Vec<u8>,
    pub(crate) added_at: Timestamp,
    /// Whether the phone has sent it the app-state key and the history.
    pub(crate) bootstrapped: bool,
    pub(crate) queue: OfflineQueue,
    /// The line that speaks for it now.
    #[serde(skip)]
    pub(crate) line: Option<ConnId>,
}

/// The public keys a device has left with the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyShelf {
    pub(crate) registration: u32,
    pub(crate) identity: [u8; 32],
    pub(crate) signed: SignedPreKey,
    #[serde(with = "packed")]
    pub(crate) one_time: VecDeque<OneTimeKey>,
}

/// Hundreds of keys, written with every change of the account: one string is a tenth of the work.
mod packed {
    use std::collections::VecDeque;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::OneTimeKey;

    const LEN: usize = 36;

    pub(super) fn serialize<S: Serializer>(keys: &VecDeque<OneTimeKey>, to: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(keys.len() * LEN);
        for key in keys {
            bytes.extend(key.id.to_be_bytes());
            bytes.extend(key.value);
        }
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<VecDeque<OneTimeKey>, D::Error> {
        let bytes = STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)?;
        let key = |chunk: &[u8]| {
            let (id, value) = chunk.split_at_checked(4)?;
            Some(OneTimeKey { id: u32::from_be_bytes(id.try_into().ok()?), value: value.try_into().ok()? })
        };
        let keys: Option<_> = bytes.chunks(LEN).map(key).collect();
        keys.ok_or_else(|| D::Error::custom("the one-time keys are cut short"))
    }
}

impl KeyShelf {
    /// Hands out one one-time key, each only once.
    pub(crate) fn take_bundle(&mut self) -> PreKeyBundle {
        PreKeyBundle {
            registration: self.registration,
            identity: self.identity,
            signed: self.signed.clone(),
            one_time: self.one_time.pop_front(),
        }
    }

    /// Keys uploaded again replace their namesakes and go to the end.
    pub(crate) fn add(&mut self, keys: Vec<OneTimeKey>) {
        let ids: std::collections::HashSet<u32> = keys.iter().map(|key| key.id).collect();
        self.one_time.retain(|key| !ids.contains(&key.id));
        self.one_time.extend(keys);
    }

    /// What clients compare with their own keys to see whether the server still has them.
    pub(crate) fn digest(&self) -> [u8; 20] {
        let mut hash = Sha1::new();
        hash.update(self.identity);
        hash.update(self.signed.value);
        hash.update(&self.signed.signature);
        for key in &self.one_time {
            hash.update(key.value);
        }
        hash.finalize().into()
    }
}
