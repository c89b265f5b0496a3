//! Carrying out what the simulated phones want.

use thiserror::Error;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};
use waproto::whatsapp as wa;

use super::account::PHONE;
use super::groups::{GroupError, group_jid};
use super::newsletters::{NewsletterError, newsletter_jid};
use super::{DeviceAddr, Namespace, PreKeyBundle, World};
use crate::phone::{
    Arrival, Effect, Incoming, Outgoing, ReceiptIn, ReceiptOut, Resend, RetryIn, RetryOut, STATUS, Sealed,
};
use crate::stanza::{Stanza as _, branch, leaf};

#[derive(Debug, Error)]
pub(crate) enum SendError {
    #[error("{0} is not on this network: nobody made a phone with that number")]
    UnknownNumber(String),
    #[error(transparent)]
    Group(#[from] GroupError),
    #[error(transparent)]
    Newsletter(#[from] NewsletterError),
}

impl World {
    /// Hands something to a phone and does what it wants done.
    pub(crate) fn arrive(&mut self, number: &str, mut arrival: Arrival) {
        let mut copies = 1;
        if let Arrival::Message(message) = &mut arrival {
            copies = self.faults.on_arrival(number, message);
        }
        for _ in 0..copies {
            let Some(account) = self.known(number) else { return };
            let effects = account.phone.arrive(arrival.clone());
            self.carry_out(number, effects);
        }
    }

    pub(crate) fn carry_out(&mut self, number: &str, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Receipt(receipt) => self.send_receipt(number, &receipt),
                Effect::Retry(retry) => self.send_retry(number, &retry),
                Effect::Resend(Resend { to, outgoing, .. }) => self.send_to_device(number, &outgoing, &to),
            }
        }
    }

    /// Sends a phone's message to every device that is to have it.
    pub(crate) fn send_from_phone(&mut self, number: &str, outgoing: &Outgoing) -> Result<(), SendError> {
        if let Some(group) = group_jid(&outgoing.chat) {
            return self.send_to_group(number, &group, outgoing);
        }
        if let Some(newsletter) = newsletter_jid(&outgoing.chat) {
            return Ok(self.post_from_phone(number, &newsletter, outgoing)?);
        }
        if outgoing.chat == STATUS {
            self.post_status(number, outgoing);
            return Ok(());
        }
        let mut targets = Vec::new();
        if !outgoing.peer {
            let peer = self.chat_number(&outgoing.chat)?;
            self.acquaint(number, &peer);
            if peer != number && !self.has_blocked(&peer, number) {
                targets.extend(self.addresses(&peer));
            }
        }
        targets.extend(self.addresses(number).into_iter().filter(|addr| addr.device != PHONE));
        for to in targets {
            self.send_to_device(number, outgoing, &to);
        }
        Ok(())
    }

    /// Both will hear when the other's devices change.
    pub(crate) fn acquaint(&mut self, one: &str, other: &str) {
        for (who, whom) in [(one, other), (other, one)] {
            if let Some(account) = self.accounts.get_mut(who)
                && !account.contacts.contains(whom)
            {
                account.contacts.insert(whom.to_owned());
                self.changed.accounts.insert(who.to_owned());
            }
        }
    }

    fn chat_number(&self, chat: &str) -> Result<String, SendError> {
        let jid: Option<Jid> = chat.parse().ok();
        jid.and_then(|jid| self.number_of(&jid)).ok_or_else(|| SendError::UnknownNumber(chat.to_owned()))
    }

    pub(super) fn addresses(&self, number: &str) -> Vec<DeviceAddr> {
        let account = self.accounts.get(number);
        account.map(|a| a.device_ids().into_iter().map(|id| a.addr(id)).collect()).unwrap_or_default()
    }

    pub(crate) fn send_to_device(&mut self, number: &str, outgoing: &Outgoing, to: &DeviceAddr) {
        match self.seal(number, outgoing, to) {
            Ok(sealed) if group_jid(&outgoing.chat).is_some() => {
                self.hand_group_message(number, outgoing, to, vec![sealed]);
            }
            Ok(sealed) if to.device == PHONE => self.hand_to_phone(number, outgoing, to, sealed),
            Ok(sealed) => {
                let stanza = self.message_stanza(number, outgoing, to, &sealed);
                self.deliver_to_companion(&to.user, to.device, stanza);
            }
            Err(reason) => tracing::warn!(device = to.device, %reason, "a phone could not encrypt for a device"),
        }
    }

    fn seal(&mut self, number: &str, outgoing: &Outgoing, to: &DeviceAddr) -> Result<Sealed, String> {
        let account = self.known(number).ok_or("the sender is gone")?;
        let message = account.phone.message_for(outgoing, to);
        self.seal_message(number, &message, to)
    }

    pub(super) fn seal_message(
        &mut self,
        number: &str,
        message: &wa::Message,
        to: &DeviceAddr,
    ) -> Result<Sealed, String> {
        let account = self.known(number).ok_or("the sender is gone")?;
        let bundle = account.phone.needs_bundle(to).then(|| self.bundle_of(to)).flatten();
        let phone = &mut self.known(number).ok_or("the sender is gone")?.phone;
        phone.seal(to, bundle.as_ref(), message).map_err(|e| e.to_string())
    }

    fn bundle_of(&mut self, device: &DeviceAddr) -> Option<PreKeyBundle> {
        let (bundle, _) = self.take_bundle(&device.user, device.device)?;
        Some(bundle)
    }

    fn hand_to_phone(&mut self, number: &str, outgoing: &Outgoing, to: &DeviceAddr, sealed: Sealed) {
        let incoming = Incoming {
            chat: Jid::pn(number).to_string(),
            from: DeviceAddr::pn(number, PHONE),
            via: Namespace::Pn,
            id: outgoing.id.clone(),
            timestamp: outgoing.timestamp,
            peer: outgoing.peer,
            enc: vec![sealed],
        };
        self.arrive(&to.user, Arrival::Message(incoming));
    }

    fn message_stanza(&self, number: &str, outgoing: &Outgoing, to: &DeviceAddr, sealed: &Sealed) -> Node {
        let account = self.accounts.get(number);
        let mut node = NodeBuilder::new("message")
            .attr("from", Jid::pn(number))
            .attr("id", outgoing.id.as_str())
            .attr("t", outgoing.timestamp)
            .attr("type", stanza_type(&outgoing.message));
        if let Some(edit) = wacore::types::message::EditAttribute::infer_from_message(&outgoing.message) {
            node = node.attr("edit", edit.to_string_val().to_owned());
        }
        if let Some(account) = account {
            // A companion that is never told the account's name stays unavailable, and its receipts inactive.
            node = node.attr("notify", account.name.as_str()).attr("sender_lid", account.lid_jid());
        }
        if outgoing.peer {
            node = node.attr("category", "peer");
        } else if to.user == number {
            node = node.attr("recipient", outgoing.chat.as_str());
        }
        node.children([encrypted(sealed)]).build()
    }

    fn send_receipt(&mut self, number: &str, receipt: &ReceiptOut) {
        let Some(account) = self.accounts.get(number) else { return };
        let from = match receipt.via {
            Namespace::Pn => account.jid(),
            Namespace::Lid => account.lid_jid(),
        };
        let mut devices = self.addresses(&receipt.to.user);
        devices.retain(|addr| (addr.user.as_str(), addr.device) != (number, PHONE));
        let own = receipt.to.user == number;
        for to in devices {
            if to.device == PHONE {
                let arrival = Arrival::Receipt(ReceiptIn {
                    chat: self.chat_seen_by(number, &receipt.chat),
                    from: DeviceAddr::pn(number, PHONE),
                    ids: receipt.ids.clone(),
                    kind: receipt.kind,
                });
                self.arrive(&to.user, arrival);
            } else {
                let stanza = in_group(receipt_stanza(&from, own, receipt, self.now_secs()), &receipt.chat);
                self.deliver_to_companion(&to.user, to.device, stanza);
            }
        }
    }

    /// What a phone's conversation with that account is called by the other side.
    fn chat_seen_by(&self, number: &str, chat: &str) -> String {
        if group_jid(chat).is_some() { chat.to_owned() } else { Jid::pn(number).to_string() }
    }

    fn send_retry(&mut self, number: &str, retry: &RetryOut) {
        let Some(account) = self.accounts.get(number) else { return };
        if retry.to.device == PHONE {
            let arrival = Arrival::Retry(RetryIn {
                from: DeviceAddr::pn(number, PHONE),
                id: retry.id.clone(),
                count: retry.count,
                keys: Some(retry.keys.clone()),
            });
            return self.arrive(&retry.to.user, arrival);
        }
        let from = match retry.via {
            Namespace::Pn => account.jid(),
            Namespace::Lid => account.lid_jid(),
        };
        let stanza = retry_stanza(&from, number == retry.to.user, retry, self.now_secs());
        let stanza = in_group(stanza, &retry.chat);
        self.deliver_to_companion(&retry.to.user, retry.to.device, stanza);
    }
}

/// What kind of message the network is told it carries.
pub(super) fn stanza_type(message: &wa::Message) -> &'static str {
    if message.reaction_message.is_set() {
        "reaction"
    } else if message.poll_creation_message.is_set() || message.poll_update_message.is_set() {
        "poll"
    } else if is_file(message) {
        "media"
    } else {
        "text"
    }
}

fn is_file(message: &wa::Message) -> bool {
    use wacore::proto_helpers::MessageExt as _;
    let message = message.get_base_message();
    let visual = message.image_message.is_set() || message.video_message.is_set() || message.sticker_message.is_set();
    visual || message.audio_message.is_set() || message.document_message.is_set()
}

pub(super) fn encrypted(sealed: &Sealed) -> Node {
    NodeBuilder::new("enc").attr("v", "2").attr("type", sealed.kind.as_str()).bytes(sealed.bytes.clone()).build()
}

/// In a group the sender is the group, and who it is about its participant.
fn in_group(mut stanza: Node, chat: &str) -> Node {
    let Some(group) = group_jid(chat) else { return stanza };
    let Some(from) = stanza.jid("from") else { return stanza };
    stanza.attrs.0.retain(|(key, _)| key != "from" && key != "recipient");
    stanza.attrs.insert("from", group);
    stanza.attrs.insert("participant", from);
    stanza
}

/// Between devices of one account the chat is not the sender and has to be named.
fn receipt_stanza(from: &Jid, own: bool, receipt: &ReceiptOut, now: u64) -> Node {
    let Some((first, rest)) = receipt.ids.split_first() else {
        return NodeBuilder::new("receipt").attr("from", from).build();
    };
    let mut node = NodeBuilder::new("receipt").attr("from", from).attr("id", first.as_str()).attr("t", now);
    if let Some(kind) = receipt.kind.attr() {
        node = node.attr("type", kind);
    }
    if own {
        node = node.attr("recipient", receipt.chat.as_str());
    }
    if rest.is_empty() {
        return node.build();
    }
    let items = rest.iter().map(|id| NodeBuilder::new("item").attr("id", id.as_str()).build());
    node.children([branch("list", items)]).build()
}

fn retry_stanza(from: &Jid, own: bool, retry: &RetryOut, now: u64) -> Node {
    let count = NodeBuilder::new("retry")
        .attr("count", retry.count)
        .attr("id", retry.id.as_str())
        .attr("t", retry.timestamp)
        .attr("v", "1")
        .build();
    let mut node = NodeBuilder::new("receipt")
        .attr("from", from)
        .attr("id", retry.id.as_str())
        .attr("t", now)
        .attr("type", "retry");
    if own {
        node = node.attr("recipient", retry.chat.as_str());
    }
    let registration = leaf("registration", retry.keys.registration.to_be_bytes());
    node.children([count, registration, branch("keys", key_nodes(&retry.keys))]).build()
}

/// The children that `<user>` in a key answer and `<keys>` in a retry receipt share.
pub(crate) fn key_nodes(bundle: &PreKeyBundle) -> Vec<Node> {
    let id = |id: u32| leaf("id", &id.to_be_bytes()[1..]);
    let mut nodes = vec![leaf("type", [5]), leaf("identity", bundle.identity)];
    if let Some(key) = &bundle.one_time {
        nodes.push(branch("key", [id(key.id), leaf("value", key.value)]));
    }
    let signed = &bundle.signed;
    let signature = leaf("signature", signed.signature.clone());
    nodes.push(branch("skey", [id(signed.id), leaf("value", signed.value), signature]));
    nodes
}
