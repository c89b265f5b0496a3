//! What reaches the phone, and what it does about it.

use waproto::whatsapp as wa;

use super::change;
use super::content::content_of;
use super::log::{NewMessage, Origin, Status};
use super::{
    Arrival, Effect, EncKind, Incoming, Phone, PhoneError, ReceiptIn, ReceiptKind, ReceiptOut, Resend, RetryIn,
    RetryOut, Sealed,
};
use crate::domain::DeviceAddr;

/// A message is asked for again this often, as clients do; then it is given up.
const MOST_RETRIES: u32 = 5;
/// Where status posts go and come from.
pub(crate) const STATUS: &str = "status@broadcast";
/// So many messages that could not be opened are remembered.
const RETRIES_KEPT: usize = 200;

impl Phone {
    /// Takes a stanza, or keeps it while the phone is offline.
    pub fn arrive(&mut self, arrival: Arrival) -> Vec<Effect> {
        if !self.online {
            self.waiting.push_back(arrival);
            return Vec::new();
        }
        match arrival {
            Arrival::Message(message) => self.take_message(&message),
            Arrival::Receipt(receipt) => self.take_receipt(&receipt),
            Arrival::Retry(retry) => self.take_retry(&retry),
            Arrival::Post(post) => {
                self.take_post(post);
                Vec::new()
            }
        }
    }

    pub fn go_offline(&mut self) {
        self.online = false;
    }

    /// Takes what has waited, in order.
    pub fn go_online(&mut self) -> Vec<Effect> {
        self.online = true;
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().flat_map(|arrival| self.arrive(arrival)).collect()
    }

    fn take_message(&mut self, incoming: &Incoming) -> Vec<Effect> {
        let mut shown = false;
        for sealed in &incoming.enc {
            match self.open_part(incoming, sealed) {
                Ok(message) => {
                    self.opened.remember(sealed);
                    self.show(incoming, message);
                }
                Err(PhoneError::Duplicate) if !self.opened.has(sealed) => self.troubles.reused_keys += 1,
                // In a group the key comes in front, and only the message itself counts.
                Err(PhoneError::Duplicate) if !is_last(incoming, sealed) => {}
                Err(PhoneError::Duplicate) => self.count_copy(incoming),
                Err(error) => return self.ask_again(incoming, &error),
            }
            shown = true;
        }
        if shown { vec![self.acknowledge(incoming)] } else { Vec::new() }
    }

    /// A part is sealed for this device or for a whole group; it may bring the key for those to come.
    fn open_part(&mut self, incoming: &Incoming, sealed: &Sealed) -> Result<wa::Message, PhoneError> {
        if sealed.kind == EncKind::Skmsg {
            return self.open_for_group(&incoming.chat, &incoming.from, sealed);
        }
        let message = self.open(&incoming.from, sealed)?;
        self.learn_group_key(&incoming.from, &message)?;
        Ok(message)
    }

    fn show(&mut self, incoming: &Incoming, mut message: wa::Message) {
        self.asked_again.retain(|(from, id, _)| (from, id) != (&incoming.from, &incoming.id));
        let own = incoming.from.user == self.number;
        let (chat, message) = match std::mem::take(&mut message.device_sent_message).into_option() {
            // Only a device of the same account may say what this account has sent.
            Some(sent) if own => (sent.destination_jid.unwrap_or_default(), sent.message.into_option()),
            None if !incoming.peer => (incoming.chat.clone(), Some(message)),
            _ => return,
        };
        let Some(mut content) = message.as_ref().and_then(content_of) else { return };
        let from = user_jid(&incoming.from);
        if !self.log.has(&chat, &from, &incoming.id) {
            change::apply(&mut self.log, &chat, &from, &mut content);
        }
        self.log.add(NewMessage {
            id: incoming.id.clone(),
            from,
            to: if own || is_group(&chat) { chat.clone() } else { self.jid() },
            chat,
            text: content.text,
            kind: content.kind.into(),
            from_me: own,
            timestamp: incoming.timestamp,
            status: if own { Status::Sent } else { Status::Delivered },
            origin: (!own).then(|| Origin { device: incoming.from.clone(), via: incoming.via }),
            details: content.details,
            secret: content.secret,
            file: content.file,
        });
    }

    /// The network brought the very same ciphertext again.
    fn count_copy(&mut self, incoming: &Incoming) {
        self.log.count_copy(&incoming.chat, &user_jid(&incoming.from), &incoming.id);
    }

    fn acknowledge(&self, incoming: &Incoming) -> Effect {
        let kind = match (incoming.peer, incoming.from.user == self.number) {
            (true, _) => ReceiptKind::PeerMsg,
            (false, true) => ReceiptKind::Sender,
            (false, false) => ReceiptKind::Delivered,
        };
        Effect::Receipt(ReceiptOut {
            to: incoming.from.clone(),
            chat: incoming.chat.clone(),
            via: incoming.via,
            ids: vec![incoming.id.clone()],
            kind,
        })
    }

    fn ask_again(&mut self, incoming: &Incoming, error: &PhoneError) -> Vec<Effect> {
        self.troubles.undecryptable += 1;
        let count = self.count_attempt(&incoming.from, &incoming.id);
        tracing::debug!(count, %error, "a phone could not open a message");
        if count > MOST_RETRIES {
            return Vec::new();
        }
        let keys = self.bundle();
        vec![Effect::Retry(RetryOut {
            to: incoming.from.clone(),
            chat: incoming.chat.clone(),
            via: incoming.via,
            id: incoming.id.clone(),
            timestamp: incoming.timestamp,
            count,
            keys,
        })]
    }

    fn count_attempt(&mut self, from: &DeviceAddr, id: &str) -> u32 {
        if let Some((_, _, count)) = self.asked_again.iter_mut().find(|(f, i, _)| f == from && i == id) {
            *count += 1;
            return *count;
        }
        if self.asked_again.len() == RETRIES_KEPT {
            self.asked_again.pop_front();
        }
        self.asked_again.push_back((from.clone(), id.into(), 1));
        1
    }

    fn take_receipt(&mut self, receipt: &ReceiptIn) -> Vec<Effect> {
        match receipt.kind {
            ReceiptKind::Delivered => self.raise(receipt, Status::Delivered),
            ReceiptKind::Read | ReceiptKind::Played => self.raise(receipt, Status::Read),
            ReceiptKind::ReadSelf => {
                let last = receipt.ids.last().map(String::as_str);
                self.log.mark_read(&receipt.chat, last);
            }
            ReceiptKind::Sender | ReceiptKind::PeerMsg => {}
        }
        Vec::new()
    }

    /// A receipt of another user's device. One of our own companions' says nothing about the other user.
    fn raise(&mut self, receipt: &ReceiptIn, status: Status) {
        if receipt.from.user != self.number {
            let me = self.jid();
            self.log.raise(&receipt.chat, &me, &receipt.ids, status);
        }
    }

    /// A first request may concern one message only. With keys, or when repeated, it says that the device's session is
    /// broken: a new one is opened, with the keys it sent or a bundle fetched anew.
    fn take_retry(&mut self, retry: &RetryIn) -> Vec<Effect> {
        let Some(outgoing) = self.outbox.find(&retry.id) else { return Vec::new() };
        if retry.count > MOST_RETRIES {
            return Vec::new();
        }
        if retry.keys.is_some() || retry.count > 1 {
            self.retire_session(&retry.from);
        }
        self.forget_group_key_of(&retry.from);
        if let Some(keys) = &retry.keys
            && let Err(error) = self.open_session(&retry.from, keys)
        {
            tracing::debug!(%error, "the keys of a retry receipt are not usable; fetching others");
        }
        vec![Effect::Resend(Resend { to: retry.from.clone(), outgoing, count: retry.count })]
    }
}

fn user_jid(device: &DeviceAddr) -> String {
    format!("{}@s.whatsapp.net", device.user)
}

fn is_last(incoming: &Incoming, part: &Sealed) -> bool {
    incoming.enc.last().is_some_and(|last| std::ptr::eq(last, part))
}

/// Where one key opens a message for everybody.
pub(super) fn is_group(chat: &str) -> bool {
    chat.ends_with("@g.us") || chat == STATUS
}
