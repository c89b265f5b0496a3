//! What the Signal library asks of its user: in memory, and never waiting.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _, ser::SerializeMap};
use wacore_libsignal::protocol::{
    Direction, GenericSignedPreKey, IdentityChange, IdentityKey, IdentityKeyPair, IdentityKeyStore, PreKeyId,
    PreKeyRecord, PreKeyStore, ProtocolAddress, SessionRecord, SessionStore, SignalProtocolError, SignedPreKeyId,
    SignedPreKeyRecord, SignedPreKeyStore, Timestamp,
};

use super::device_keys::{DeviceKeys, SIGNED_ID};
use super::secrets::{Pair, blob};

type Result<T> = std::result::Result<T, SignalProtocolError>;

#[derive(Default)]
pub(super) struct Sessions(HashMap<String, SessionRecord>);

impl Sessions {
    /// Whether something can be sealed for the device without a new bundle.
    pub(super) fn has(&self, address: &ProtocolAddress) -> bool {
        self.0.get(address.as_str()).is_some_and(|record| record.session_state().is_some())
    }

    /// What the device sealed under the old session, and is still on its way, can be opened all the same.
    pub(super) fn retire(&mut self, address: &ProtocolAddress) -> Result<()> {
        self.0.get_mut(address.as_str()).map_or(Ok(()), SessionRecord::archive_current_state)
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn load_session(&self, address: &ProtocolAddress) -> Result<Option<SessionRecord>> {
        Ok(self.0.get(address.as_str()).cloned())
    }

    async fn has_session(&self, address: &ProtocolAddress) -> Result<bool> {
        Ok(self.has(address))
    }

    async fn store_session(&mut self, address: &ProtocolAddress, record: SessionRecord) -> Result<()> {
        self.0.insert(address.as_str().to_owned(), record);
        Ok(())
    }
}

/// The phone's identity; it trusts whatever identity others show, as an account may be linked anew at any time.
pub(super) struct Identity<'a>(pub(super) &'a DeviceKeys);

#[async_trait]
impl IdentityKeyStore for Identity<'_> {
    async fn get_identity_key_pair(&self) -> Result<IdentityKeyPair> {
        Ok(IdentityKeyPair::from(self.0.identity.0.clone()))
    }

    async fn get_local_registration_id(&self) -> Result<u32> {
        Ok(self.0.registration)
    }

    async fn save_identity(&mut self, _: &ProtocolAddress, _: &IdentityKey) -> Result<IdentityChange> {
        Ok(IdentityChange::NewOrUnchanged)
    }

    async fn is_trusted_identity(&self, _: &ProtocolAddress, _: &IdentityKey, _: Direction) -> Result<bool> {
        Ok(true)
    }

    async fn get_identity(&self, _: &ProtocolAddress) -> Result<Option<IdentityKey>> {
        Ok(None)
    }
}

/// A view of the one-time keys. The caller takes a used key away once the message has really been opened.
pub(super) struct OneTime<'a>(pub(super) &'a BTreeMap<u32, Pair>);

#[async_trait]
impl PreKeyStore for OneTime<'_> {
    async fn get_pre_key(&self, id: PreKeyId) -> Result<PreKeyRecord> {
        let pair = self.0.get(&id.into()).ok_or(SignalProtocolError::InvalidPreKeyId)?;
        Ok(PreKeyRecord::new(id, &pair.0))
    }

    async fn save_pre_key(&mut self, _: PreKeyId, _: &PreKeyRecord) -> Result<()> {
        Err(read_only("save_pre_key"))
    }

    async fn remove_pre_key(&mut self, _: PreKeyId) -> Result<()> {
        Err(read_only("remove_pre_key"))
    }
}

pub(super) struct Signed<'a>(pub(super) &'a DeviceKeys);

#[async_trait]
impl SignedPreKeyStore for Signed<'_> {
    async fn get_signed_pre_key(&self, id: SignedPreKeyId) -> Result<SignedPreKeyRecord> {
        if u32::from(id) != SIGNED_ID {
            return Err(SignalProtocolError::InvalidSignedPreKeyId);
        }
        let epoch = Timestamp::from_epoch_millis(0);
        Ok(SignedPreKeyRecord::new(id, epoch, &self.0.signed.0, &self.0.signature))
    }

    async fn save_signed_pre_key(&mut self, _: SignedPreKeyId, _: &SignedPreKeyRecord) -> Result<()> {
        Err(read_only("save_signed_pre_key"))
    }
}

fn read_only(operation: &'static str) -> SignalProtocolError {
    SignalProtocolError::InvalidState(operation, "a phone makes and removes its keys itself".into())
}

/// A record as it is written down.
#[derive(Serialize, Deserialize)]
struct Written(#[serde(with = "blob")] Vec<u8>);

impl Serialize for Sessions {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (address, record) in &self.0 {
            map.serialize_entry(address, &Written(record.serialize().map_err(S::Error::custom)?))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Sessions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let written = BTreeMap::<String, Written>::deserialize(deserializer)?;
        let records = written.into_iter().map(|(address, Written(bytes))| {
            let record = SessionRecord::deserialize(&bytes).map_err(D::Error::custom)?;
            Ok((address, record))
        });
        records.collect::<std::result::Result<_, _>>().map(Self)
    }
}
