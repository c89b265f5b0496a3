//! A companion leaves, and others hear of comings and goings.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::World;
use crate::stanza::conflict;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Added,
    Removed,
}

impl World {
    /// Removes a companion; if it is there it is told so. Whether there was one.
    pub(crate) fn unlink(&mut self, number: &str, device: u16, reason: &str) -> bool {
        let Some(account) = self.known(number) else { return false };
        let Some(removed) = account.devices.remove(&device) else { return false };
        if let Some(conn) = removed.line {
            self.end_line(conn, conflict("device_removed"), reason);
        }
        self.announce(number, device, Change::Removed);
        true
    }

    /// Tells the account's other companions and its contacts that its device list has changed.
    pub(crate) fn announce(&mut self, number: &str, device: u16, change: Change) {
        let Some(account) = self.accounts.get(number) else { return };
        let audience: Vec<String> = account
            .contacts
            .iter()
            .cloned()
            .chain([number.to_owned()])
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        for listener in audience {
            let Some(account) = self.accounts.get(&listener) else { continue };
            for id in account.devices.keys().copied().collect::<Vec<_>>() {
                if listener == number && id == device {
                    continue;
                }
                if let Some(notification) = self.notification(number, device, change) {
                    self.deliver_to_companion(&listener, id, notification);
                }
            }
        }
    }

    fn notification(&self, number: &str, device: u16, change: Change) -> Option<Node> {
        let account = self.accounts.get(number)?;
        let now = self.now_secs();
        let list = NodeBuilder::new("key-index-list").attr("ts", now);
        let entry =
            NodeBuilder::new("device").attr("jid", account.device_jid(device)).attr("lid", account.device_lid(device));
        let (tag, entry, list) = match change {
            Change::Added => ("add", entry.attr("key-index", device), list.bytes(account.key_index_list(now))),
            Change::Removed => ("remove", entry, list),
        };
        let operation = NodeBuilder::new(tag).children([entry.build(), list.build()]).build();
        let notification = NodeBuilder::new("notification")
            .attr("from", account.jid())
            .attr("id", self.fresh_id())
            .attr("t", now)
            .attr("type", "devices")
            .attr("lid", account.lid_jid())
            .children([operation]);
        Some(notification.build())
    }
}
