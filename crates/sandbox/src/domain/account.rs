//! One number on the network: its phone and the companions linked to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wacore_binary::Jid;

use super::calls::Call;
use super::collections::Collection;
use super::device::Device;
use super::profiles::Profile;
use super::{DeviceAddr, PreKeyBundle};
use crate::phone::Phone;

/// The phone's own place in the device list.
pub const PHONE: u16 = 0;

#[derive(Serialize, Deserialize)]
pub struct Account {
    pub(crate) number: String,
    pub(crate) lid: String,
    pub(crate) name: String,
    pub(crate) business: bool,
    pub(crate) phone: Phone,
    pub(crate) devices: BTreeMap<u16, Device>,
    next_device: u16,
    /// Numbers this account has exchanged messages with: they are told when its devices change.
    pub(crate) contacts: BTreeSet<String>,
    /// Those it made and those it got, oldest first.
    #[serde(default)]
    pub(crate) calls: VecDeque<Call>,
    /// What its devices agree on about its chats, sealed.
    #[serde(default)]
    pub(crate) collections: BTreeMap<String, Collection>,
    /// Numbers that cannot reach this account.
    #[serde(default)]
    pub(crate) blocked: BTreeSet<String>,
    #[serde(default)]
    pub(crate) profile: Profile,
}

impl Account {
    pub(crate) fn new(number: &str, name: &str, business: bool) -> Self {
        let lid = lid_of(number);
        Self {
            phone: Phone::new(number, &lid, name, business),
            number: number.to_owned(),
            lid,
            name: name.to_owned(),
            business,
            devices: BTreeMap::new(),
            next_device: 1,
            contacts: BTreeSet::new(),
            calls: VecDeque::new(),
            collections: BTreeMap::new(),
            blocked: BTreeSet::new(),
            profile: Profile::default(),
        }
    }

    pub(crate) fn describe(&mut self, name: Option<String>, business: Option<bool>) {
        if let Some(name) = name {
            self.phone.name.clone_from(&name);
            self.name = name;
        }
        if let Some(business) = business {
            self.phone.business = business;
            self.business = business;
        }
    }

    pub(crate) fn jid(&self) -> Jid {
        Jid::pn(self.number.as_str())
    }

    pub(crate) fn lid_jid(&self) -> Jid {
        Jid::lid(self.lid.as_str())
    }

    pub(crate) fn device_jid(&self, device: u16) -> Jid {
        Jid::pn_device(self.number.as_str(), device)
    }

    pub(crate) fn device_lid(&self, device: u16) -> Jid {
        Jid::lid_device(self.lid.as_str(), device)
    }

    pub(crate) fn addr(&self, device: u16) -> DeviceAddr {
        DeviceAddr::pn(self.number.clone(), device)
    }

    /// Ids are never used twice: a client may remember what an old one meant.
    pub(crate) fn next_device(&mut self) -> u16 {
        let id = self.next_device;
        self.next_device += 1;
        id
    }

    /// Every device, the phone first.
    pub(crate) fn device_ids(&self) -> Vec<u16> {
        std::iter::once(PHONE).chain(self.devices.keys().copied()).collect()
    }

    /// The signed list of the companions that are valid now.
    pub(crate) fn key_index_list(&self, now: u64) -> Vec<u8> {
        let indexes: Vec<u32> = self.device_ids().into_iter().map(u32::from).collect();
        self.phone.key_index_list(&indexes, now)
    }

    /// A bundle to open a session with that device, and the proof that it is this account's.
    pub(crate) fn take_bundle(&mut self, device: u16) -> Option<(PreKeyBundle, Option<Vec<u8>>)> {
        if device == PHONE {
            return Some((self.phone.bundle(), None));
        }
        let device = self.devices.get_mut(&device)?;
        Some((device.keys.take_bundle(), Some(device.adv.clone())))
    }
}

/// Fifteen digits that do not show the number and stay the same on every network.
fn lid_of(number: &str) -> String {
    let hash = Sha256::digest(format!("lid of {number}"));
    let head = hash.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    (100_000_000_000_000 + head % 900_000_000_000_000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lid_has_fifteen_digits_and_is_stable() {
        let lid = lid_of("491700000001");
        assert_eq!(lid.len(), 15);
        assert_eq!(lid, lid_of("491700000001"));
        assert_ne!(lid, lid_of("491700000002"));
        assert!(!lid.contains("491700000001"));
    }
}
