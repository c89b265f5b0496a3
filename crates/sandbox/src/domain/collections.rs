//! App-state collections: what the devices of an account agree on about its chats, as the server keeps it.
//!
//! The server cannot read any of it. It numbers patches, refuses those that were made from an older version, and folds
//! records by their index into the snapshot that a new device begins with.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use wacore_binary::builder::NodeBuilder;
use waproto::buffa::{Message as _, MessageField};
use waproto::whatsapp as wa;

use super::{PHONE, World};
use crate::phone::{Decided, Decision, blob};
use crate::stanza::server;

/// So many patches are kept; a device that is further behind begins with the snapshot.
const KEPT: usize = 100;

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Collection {
    version: u64,
    /// The newest ones, oldest first; the last has the collection's version.
    patches: VecDeque<Bytes>,
    /// Records by the code of their index, in hexadecimal.
    records: BTreeMap<String, Bytes>,
    mac: Bytes,
    key: Bytes,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Bytes(#[serde(with = "blob")] Vec<u8>);

/// A patch was made from another version than the collection has.
#[derive(Debug)]
pub(crate) struct Conflict;

impl Collection {
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Takes a patch made from version `base`.
    pub(crate) fn push(&mut self, base: u64, mut patch: wa::SyncdPatch) -> Result<(), Conflict> {
        if base != self.version {
            return Err(Conflict);
        }
        self.version += 1;
        patch.version = MessageField::some(wa::SyncdVersion { version: Some(self.version) });
        for mutation in &patch.mutations {
            self.fold(mutation);
        }
        self.mac = Bytes(patch.snapshot_mac.clone().unwrap_or_default());
        self.key = Bytes(patch.key_id.as_option().and_then(|key| key.id.clone()).unwrap_or_default());
        self.patches.push_back(Bytes(patch.encode_to_vec()));
        if self.patches.len() > KEPT {
            self.patches.pop_front();
        }
        Ok(())
    }

    fn fold(&mut self, mutation: &wa::SyncdMutation) {
        let Some(record) = mutation.record.as_option() else { return };
        let index = hex::encode(record.index.as_option().and_then(|index| index.blob.as_deref()).unwrap_or_default());
        if mutation.operation.is_some_and(|op| op == wa::syncd_mutation::SyncdOperation::REMOVE) {
            self.records.remove(&index);
        } else {
            self.records.insert(index, Bytes(record.encode_to_vec()));
        }
    }

    /// The patches behind a version; nothing when some of them are not kept any more.
    pub(crate) fn since(&self, version: u64) -> Option<Vec<Vec<u8>>> {
        let behind = usize::try_from(self.version.checked_sub(version)?).ok()?;
        let skipped = self.patches.len().checked_sub(behind)?;
        Some(self.patches.iter().skip(skipped).map(|patch| patch.0.clone()).collect())
    }

    pub(crate) fn snapshot(&self) -> wa::SyncdSnapshot {
        wa::SyncdSnapshot {
            version: MessageField::some(wa::SyncdVersion { version: Some(self.version) }),
            records: self.records(),
            mac: Some(self.mac.0.clone()),
            key_id: MessageField::some(wa::KeyId { id: Some(self.key.0.clone()) }),
        }
    }

    pub(crate) fn records(&self) -> Vec<wa::SyncdRecord> {
        self.records.values().filter_map(|record| wa::SyncdRecord::decode_from_slice(&record.0).ok()).collect()
    }
}

impl World {
    /// Takes a patch from one of an account's devices and tells the others.
    pub(crate) fn push_patch(
        &mut self,
        number: &str,
        device: u16,
        name: &str,
        base: u64,
        patch: wa::SyncdPatch,
    ) -> Result<(), Conflict> {
        let Some(account) = self.known(number) else { return Err(Conflict) };
        let collection = account.collections.entry(name.to_owned()).or_default();
        collection.push(base, patch)?;
        let version = collection.version();
        let others: Vec<u16> = account.devices.keys().copied().filter(|other| *other != device).collect();
        for other in others {
            let change = NodeBuilder::new("collection").attr("name", name).attr("version", version).build();
            let notification = NodeBuilder::new("notification")
                .attr("from", server())
                .attr("id", self.fresh_id())
                .attr("t", self.now_secs())
                .attr("type", "server_sync")
                .children([change]);
            self.deliver_to_companion(number, other, notification.build());
        }
        Ok(())
    }
}

impl World {
    /// The user of a phone decides something; the phone writes it down for all devices.
    pub(crate) fn share_decision(&mut self, number: &str, decision: &impl Decision) {
        let now_ms = self.now.millis();
        let Some(account) = self.accounts.get(number) else { return };
        let decided = account.phone.decide(decision, |name| account.collections.get(name), now_ms);
        for Decided { collection, patch } in decided {
            let base = self.accounts.get(number).and_then(|account| account.collections.get(collection));
            let base = base.map_or(0, Collection::version);
            if self.push_patch(number, PHONE, collection, base, patch).is_err() {
                tracing::warn!(collection, "a phone's own change did not fit its collection");
            }
        }
    }

    /// What the phone reads in the account's collections, by their names.
    pub(crate) fn decisions(&self, number: &str) -> BTreeMap<String, Vec<serde_json::Value>> {
        let Some(account) = self.accounts.get(number) else { return BTreeMap::new() };
        let read = |(name, collection): (&String, &Collection)| (name.clone(), account.phone.decided(collection));
        account.collections.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(index: u8, operation: wa::syncd_mutation::SyncdOperation) -> wa::SyncdPatch {
        let index = MessageField::some(wa::SyncdIndex { blob: Some(vec![index]) });
        let record = MessageField::some(wa::SyncdRecord { index, ..Default::default() });
        let mutation = wa::SyncdMutation { operation: Some(operation.into()), record };
        wa::SyncdPatch { mutations: vec![mutation], ..Default::default() }
    }

    #[test]
    fn a_patch_from_an_older_version_is_refused_and_the_snapshot_has_the_newest_of_each() {
        use wa::syncd_mutation::SyncdOperation::{REMOVE, SET};
        let mut collection = Collection::default();
        for (base, index) in [(0, 1), (1, 2), (2, 1)] {
            assert!(collection.push(base, patch(index, SET)).is_ok());
        }
        assert!(collection.push(2, patch(3, SET)).is_err());
        assert_eq!((collection.version(), collection.records().len()), (3, 2));
        assert!(collection.push(3, patch(1, REMOVE)).is_ok());
        assert_eq!((collection.version(), collection.records().len()), (4, 1));
        assert_eq!(collection.since(1).map(|patches| patches.len()), Some(3));
        assert!(collection.since(4).is_some_and(|patches| patches.is_empty()));
        assert!(collection.since(9).is_none(), "nobody is ahead of the server");
    }
}
