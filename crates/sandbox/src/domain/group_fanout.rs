//! What phones send to groups: sealed once, with the key in front for those who lack it.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::phones::{SendError, encrypted, stanza_type};
use super::{DeviceAddr, Namespace, PHONE, World};
use crate::phone::{Arrival, Incoming, Outgoing, Sealed};

impl World {
    /// To every device in the group but the phone itself.
    pub(super) fn send_to_group(&mut self, number: &str, group: &Jid, outgoing: &Outgoing) -> Result<(), SendError> {
        self.group(group)?.may_write(number)?;
        let devices = self.group_devices(group, number);
        self.seal_for_all(number, outgoing, devices);
        Ok(())
    }

    /// To everybody whom the account has exchanged messages with.
    pub(super) fn post_status(&mut self, number: &str, outgoing: &Outgoing) {
        let mut people = self.accounts.get(number).map(|account| account.contacts.clone()).unwrap_or_default();
        people.insert(number.to_owned());
        let devices = people.iter().flat_map(|number| self.addresses(number));
        let devices = devices.filter(|to| (to.user.as_str(), to.device) != (number, PHONE)).collect();
        self.seal_for_all(number, outgoing, devices);
    }

    fn seal_for_all(&mut self, number: &str, outgoing: &Outgoing, devices: Vec<DeviceAddr>) {
        let Some(account) = self.known(number) else { return };
        let lacking = account.phone.lacking_group_key(&outgoing.chat, &devices);
        let key = account.phone.group_key_message(&outgoing.chat);
        let shared = account.phone.seal_for_group(&outgoing.chat, &outgoing.message);
        let (key, shared) = match (key, shared) {
            (Ok(key), Ok(shared)) => (key, shared),
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(%error, "a phone could not encrypt for a group");
                return;
            }
        };
        for to in devices {
            let key = if lacking.contains(&to) { self.seal_message(number, &key, &to).ok() } else { None };
            let parts = key.into_iter().chain([shared.clone()]).collect();
            self.hand_group_message(number, outgoing, &to, parts);
        }
    }

    fn group_devices(&self, group: &Jid, sender: &str) -> Vec<DeviceAddr> {
        let members = self.group(group).map(|group| group.members.keys().cloned().collect::<Vec<_>>());
        let devices = members.unwrap_or_default().into_iter().flat_map(|number| self.addresses(&number));
        devices.filter(|to| (to.user.as_str(), to.device) != (sender, PHONE)).collect()
    }

    pub(super) fn hand_group_message(
        &mut self,
        number: &str,
        outgoing: &Outgoing,
        to: &DeviceAddr,
        parts: Vec<Sealed>,
    ) {
        if to.device != PHONE {
            let stanza = self.group_stanza(number, outgoing, &parts);
            return self.deliver_to_companion(&to.user, to.device, stanza);
        }
        let incoming = Incoming {
            chat: outgoing.chat.clone(),
            from: DeviceAddr::pn(number, PHONE),
            via: Namespace::Lid,
            id: outgoing.id.clone(),
            timestamp: outgoing.timestamp,
            peer: false,
            enc: parts,
        };
        self.arrive(&to.user, Arrival::Message(incoming));
    }

    fn group_stanza(&self, number: &str, outgoing: &Outgoing, parts: &[Sealed]) -> Node {
        let mut node = NodeBuilder::new("message")
            .attr("from", outgoing.chat.as_str())
            .attr("id", outgoing.id.as_str())
            .attr("t", outgoing.timestamp)
            .attr("type", stanza_type(&outgoing.message))
            .attr("addressing_mode", "lid");
        if let Some(account) = self.accounts.get(number) {
            node = node
                .attr("participant", account.lid_jid())
                .attr("participant_pn", account.jid())
                .attr("notify", account.name.as_str());
        }
        node.children(parts.iter().map(encrypted)).build()
    }
}
