//! The phone's own keys, and the bundles it hands out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Phone;
use super::secrets::Pair;
use crate::domain::{OneTimeKey, PreKeyBundle, SignedPreKey};

/// Keys handed out and never used are forgotten beyond this many.
const KEPT: usize = 2_000;
/// There is one signed prekey; it is never rotated.
pub(super) const SIGNED_ID: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct DeviceKeys {
    pub(super) identity: Pair,
    pub(super) registration: u32,
    pub(super) signed: Pair,
    #[serde(with = "super::secrets::blob")]
    pub(super) signature: Vec<u8>,
    /// Handed out and not used yet. Made only when asked for: most phones are never written to.
    pub(super) one_time: BTreeMap<u32, Pair>,
    next_one_time: u32,
}

impl DeviceKeys {
    pub(super) fn generate() -> Self {
        let (identity, signed) = (Pair::generate(), Pair::generate());
        Self {
            signature: identity.sign(&[&[5], &signed.public()]),
            registration: 1 + u32::from(u16::from_be_bytes(crate::random::bytes()) & 0x3fff),
            identity,
            signed,
            one_time: BTreeMap::new(),
            next_one_time: 1,
        }
    }

    pub(super) fn identity_public(&self) -> [u8; 32] {
        self.identity.public()
    }

    pub(super) fn signed_key(&self) -> SignedPreKey {
        SignedPreKey { id: SIGNED_ID, value: self.signed.public(), signature: self.signature.clone() }
    }

    fn make_one_time(&mut self) -> OneTimeKey {
        let (id, pair) = (self.next_one_time, Pair::generate());
        // Ids have 24 bits on the wire.
        self.next_one_time = if id >= 0xff_ffff { 1 } else { id + 1 };
        let value = pair.public();
        self.one_time.insert(id, pair);
        if self.one_time.len() > KEPT {
            self.one_time.pop_first();
        }
        OneTimeKey { id, value }
    }
}

impl Phone {
    /// For an `encrypt key` query addressed to device 0; a fresh one-time key each time.
    pub fn bundle(&mut self) -> PreKeyBundle {
        PreKeyBundle {
            registration: self.keys.registration,
            identity: self.keys.identity_public(),
            signed: self.keys.signed_key(),
            one_time: Some(self.keys.make_one_time()),
        }
    }
}
