//! Sender keys: a message to a group is sealed once, for everybody who was given the sender's key.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use wacore::messages::{MessageUtils, decode_plaintext};
use wacore_libsignal::protocol::{
    self as signal, SenderKeyDistributionMessage, SenderKeyName, SenderKeyRecord, SenderKeyStore, SignalProtocolError,
};
use waproto::buffa::MessageField;
use waproto::whatsapp as wa;

use super::cipher::{PADDED, ready, refused};
use super::secrets::blob;
use super::{EncKind, Phone, PhoneError, Sealed};
use crate::domain::DeviceAddr;
use crate::random::rng;

#[derive(Default, Serialize, Deserialize)]
pub(super) struct GroupKeys {
    records: BTreeMap<String, Record>,
    /// Which devices have the phone's own key, by group.
    given: BTreeMap<String, BTreeSet<DeviceAddr>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Record(#[serde(with = "blob")] Vec<u8>);

impl Phone {
    /// The devices among `members` that lack the phone's key. If a device has it that is not in the group any more,
    /// the key is made anew and all of them lack it.
    pub fn lacking_group_key(&mut self, group: &str, members: &[DeviceAddr]) -> Vec<DeviceAddr> {
        let own = self.own_key_name(group);
        let GroupKeys { records, given } = &mut self.group_keys;
        let given = given.entry(group.to_owned()).or_default();
        if given.iter().any(|device| !members.contains(device)) {
            given.clear();
            records.remove(own.cache_key());
        }
        let lacking = members.iter().filter(|device| !given.contains(device)).cloned().collect();
        given.extend(members.iter().cloned());
        lacking
    }

    /// A device says that it cannot open what others can: it gets the key once more.
    pub fn forget_group_key_of(&mut self, device: &DeviceAddr) {
        self.group_keys.given.values_mut().for_each(|given| {
            given.remove(device);
        });
    }

    /// What gives a device the phone's key; made if there is none yet.
    pub fn group_key_message(&mut self, group: &str) -> Result<wa::Message, PhoneError> {
        let name = self.own_key_name(group);
        let made = ready(signal::create_sender_key_distribution_message(&name, &mut self.group_keys, &mut rng()));
        let made = made.map_err(refused)?;
        let key = wa::message::SenderKeyDistributionMessage {
            group_id: Some(group.to_owned()),
            axolotl_sender_key_distribution_message: Some(made.serialized().to_vec()),
        };
        Ok(wa::Message { sender_key_distribution_message: MessageField::some(key), ..Default::default() })
    }

    pub fn seal_for_group(&mut self, group: &str, message: &wa::Message) -> Result<Sealed, PhoneError> {
        let name = self.own_key_name(group);
        let padded = MessageUtils::encode_and_pad(message);
        let sealed = ready(signal::group_encrypt(&mut self.group_keys, &name, &padded, &mut rng())).map_err(refused)?;
        Ok(Sealed { kind: EncKind::Skmsg, bytes: sealed.serialized().to_vec() })
    }

    pub(super) fn open_for_group(
        &mut self,
        group: &str,
        from: &DeviceAddr,
        sealed: &Sealed,
    ) -> Result<wa::Message, PhoneError> {
        let name = key_name(group, from);
        let opened = ready(signal::group_decrypt(&sealed.bytes, &mut self.group_keys, &name)).map_err(refused)?;
        decode_plaintext(&opened, PADDED).map_err(|e| PhoneError::CannotOpen(e.to_string()))
    }

    /// Takes the key that a message brings, if it brings one.
    pub(super) fn learn_group_key(&mut self, from: &DeviceAddr, message: &wa::Message) -> Result<(), PhoneError> {
        let Some(key) = message.sender_key_distribution_message.as_option() else { return Ok(()) };
        let bytes = key.axolotl_sender_key_distribution_message.as_deref().unwrap_or_default();
        let parsed = SenderKeyDistributionMessage::try_from(bytes).map_err(refused)?;
        let name = key_name(key.group_id.as_deref().unwrap_or_default(), from);
        let taken = signal::process_sender_key_distribution_message(&name, &parsed, &mut self.group_keys);
        ready(taken).map_err(refused)
    }

    fn own_key_name(&self, group: &str) -> SenderKeyName {
        key_name(group, &DeviceAddr::pn(self.number.clone(), 0))
    }
}

fn key_name(group: &str, from: &DeviceAddr) -> SenderKeyName {
    SenderKeyName::from_parts(group, &from.to_string())
}

#[async_trait]
impl SenderKeyStore for GroupKeys {
    async fn store_sender_key(
        &mut self,
        name: &SenderKeyName,
        record: SenderKeyRecord,
    ) -> Result<(), SignalProtocolError> {
        self.records.insert(name.cache_key().to_owned(), Record(record.serialize()?));
        Ok(())
    }

    async fn load_sender_key(&self, name: &SenderKeyName) -> Result<Option<SenderKeyRecord>, SignalProtocolError> {
        let found = self.records.get(name.cache_key());
        found.map(|Record(bytes)| SenderKeyRecord::deserialize(bytes)).transpose()
    }
}
