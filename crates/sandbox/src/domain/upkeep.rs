//! Keeping companions supplied: keys that run low, the app-state key, the history.

use std::sync::Arc;

use wacore::download::MediaType;
use wacore_binary::builder::NodeBuilder;

use super::device::LOW_WATER;
use super::{PHONE, PreKeyBundle, World};
use crate::sealed_blob::SealedBlob;
use crate::stanza::server;

impl World {
    /// A bundle to open a session with a device. A companion that runs out of keys is asked for more.
    pub(crate) fn take_bundle(&mut self, number: &str, device: u16) -> Option<(PreKeyBundle, Option<Vec<u8>>)> {
        let account = self.known(number)?;
        let taken = account.take_bundle(device)?;
        let left = account.devices.get(&device).map(|device| device.keys.one_time.len());
        if left == Some(LOW_WATER) {
            self.ask_for_keys(number, device, LOW_WATER);
        }
        Some(taken)
    }

    /// Forgets the one-time keys of the companions of these numbers, and asks for new ones.
    pub(crate) fn expire_keys(&mut self, of: impl Fn(&str) -> bool) {
        let numbers: Vec<String> = self.accounts.keys().filter(|number| of(number)).cloned().collect();
        for number in numbers {
            let devices: Vec<u16> =
                self.accounts.get(&number).map(|account| account.devices.keys().copied().collect()).unwrap_or_default();
            for device in devices {
                if let Some(found) = self.device(&number, device) {
                    found.keys.one_time.clear();
                }
                self.ask_for_keys(&number, device, 0);
            }
        }
    }

    fn ask_for_keys(&mut self, number: &str, device: u16, left: usize) {
        let count = NodeBuilder::new("count").attr("value", left).build();
        let notification = NodeBuilder::new("notification")
            .attr("from", server())
            .attr("id", self.fresh_id())
            .attr("t", self.now_secs())
            .attr("type", "encrypt")
            .children([count]);
        self.deliver_to_companion(number, device, notification.build());
    }

    /// Once a companion can be written to, its phone sends what every new companion needs.
    pub(crate) fn bootstrap(&mut self, number: &str, device: u16) {
        let (now, media) = (self.now_secs(), Arc::clone(&self.media));
        let Some(account) = self.known(number) else { return };
        if !account.phone.is_online()
            || !account.devices.get(&device).is_some_and(|d| !d.bootstrapped && !d.keys.one_time.is_empty())
        {
            return;
        }
        let indexes: Vec<u32> = account.device_ids().into_iter().map(u32::from).collect();
        let put = |plain: &[u8]| SealedBlob::put(&media, plain, MediaType::History);
        let messages = account.phone.bootstrap(&indexes, now, put);
        let to = account.addr(device);
        if let Some(found) = account.devices.get_mut(&device) {
            found.bootstrapped = true;
        }
        for message in &messages {
            self.send_to_device(number, message, &to);
        }
    }

    /// A phone that comes back does what it has missed.
    pub(crate) fn phone_online(&mut self, number: &str) {
        let effects = self.account(number).phone.go_online();
        self.carry_out(number, effects);
        let devices: Vec<u16> = self.account(number).devices.keys().copied().filter(|id| *id != PHONE).collect();
        for device in devices {
            self.bootstrap(number, device);
        }
    }

    pub(crate) fn widen(&mut self, number: &str, device: u16, by: usize) {
        if let Some(device) = self.accounts.get_mut(number).and_then(|account| account.devices.get_mut(&device)) {
            device.queue.widen(by);
        }
    }
}
