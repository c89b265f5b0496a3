//! The account's signatures over its companions: what makes a linked device believed by others.

use waproto::buffa::Message as _;
use waproto::whatsapp as wa;

use super::Phone;
use wacore_libsignal::crypto::hmac_sha256;

/// Put before what the account signs about one device, so that no signature can be passed off as another kind.
const DEVICE_PREFIX: &[u8] = &[6, 0];
const KEY_INDEX_PREFIX: &[u8] = &[6, 2];

impl Phone {
    /// The `<device-identity>` of a `pair-success`: an `ADVSignedDeviceIdentityHMAC`, which proves to the companion
    /// that whoever signs has seen its QR code.
    pub fn sign_companion(&self, adv_secret: &[u8], companion_identity: &[u8], key_index: u32, now: u64) -> Vec<u8> {
        let details = wa::ADVDeviceIdentity {
            raw_id: Some(self.raw_id),
            timestamp: Some(now),
            key_index: Some(key_index),
            ..Default::default()
        }
        .encode_to_vec();
        let signature = self.keys.identity.sign(&[DEVICE_PREFIX, &details, companion_identity]);
        let signed = wa::ADVSignedDeviceIdentity {
            details: Some(details),
            account_signature_key: Some(self.identity().to_vec()),
            account_signature: Some(signature),
            ..Default::default()
        }
        .encode_to_vec();
        let hmac = hmac_sha256(adv_secret, &signed).to_vec();
        wa::ADVSignedDeviceIdentityHMAC { details: Some(signed), hmac: Some(hmac), ..Default::default() }
            .encode_to_vec()
    }

    /// The `<key-index-list>` of the account's devices: a signed `ADVSignedKeyIndexList`.
    pub fn key_index_list(&self, indexes: &[u32], now: u64) -> Vec<u8> {
        let details = wa::ADVKeyIndexList {
            raw_id: Some(self.raw_id),
            timestamp: Some(now),
            current_index: Some(indexes.iter().copied().max().unwrap_or(0)),
            valid_indexes: indexes.to_vec(),
            ..Default::default()
        }
        .encode_to_vec();
        let signature = self.keys.identity.sign(&[KEY_INDEX_PREFIX, &details]);
        wa::ADVSignedKeyIndexList { details: Some(details), account_signature: Some(signature), ..Default::default() }
            .encode_to_vec()
    }
}
