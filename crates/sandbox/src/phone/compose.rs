//! Sending and reading, as the phone's user does it.

use waproto::buffa::MessageField;
use waproto::whatsapp::{self as wa, message::DeviceSentMessage};

use super::change;
use super::content::content_of;
use super::log::{NewMessage, Status};
use super::{Along, Effect, FileKey, Outgoing, Phone, PhoneError, ReceiptKind, ReceiptOut, Said};
use crate::domain::{DeviceAddr, Namespace};
use crate::random;

impl Phone {
    /// A text to a chat, shown in the phone's own log at once.
    pub fn compose_text(&mut self, chat: &str, text: &str, now: u64) -> Outgoing {
        let message = wa::Message { conversation: Some(text.into()), ..Default::default() };
        self.put(chat, message, now)
    }

    /// Anything that a person can say.
    pub fn compose(&mut self, chat: &str, said: &Said, along: &Along, now: u64) -> Result<Outgoing, PhoneError> {
        let message = self.message_of(chat, said, along, now)?;
        Ok(self.put(chat, message, now))
    }

    /// A file that is on the media host already.
    pub fn compose_file(
        &mut self,
        chat: &str,
        file: wa::Message,
        along: &Along,
        now: u64,
    ) -> Result<Outgoing, PhoneError> {
        let message = self.with_context(chat, file, along)?;
        Ok(self.put(chat, message, now))
    }

    /// What opens the file of a message.
    pub fn file_of(&self, id: &str) -> Option<FileKey> {
        self.log.file_of(id).cloned()
    }

    fn put(&mut self, chat: &str, message: wa::Message, now: u64) -> Outgoing {
        let outgoing = Outgoing { id: message_id(), chat: chat.into(), timestamp: now, peer: false, message };
        let me = self.jid();
        if let Some(mut content) = content_of(&outgoing.message) {
            change::apply(&mut self.log, chat, &me, &mut content);
            self.log.add(NewMessage {
                id: outgoing.id.clone(),
                chat: chat.into(),
                from: me,
                to: chat.into(),
                text: content.text,
                kind: content.kind.into(),
                from_me: true,
                timestamp: now,
                status: Status::Sent,
                origin: None,
                details: content.details,
                secret: content.secret,
                file: content.file,
            });
        }
        self.outbox.keep(&outgoing);
        outgoing
    }

    /// What one device gets of a message: the account's own companions are also told which chat it went to.
    pub fn message_for(&mut self, outgoing: &Outgoing, to: &DeviceAddr) -> wa::Message {
        if super::arrive::is_group(&outgoing.chat) {
            return self.with_group_key(outgoing);
        }
        if outgoing.peer || to.user != self.number {
            return outgoing.message.clone();
        }
        let sent = DeviceSentMessage {
            destination_jid: Some(outgoing.chat.clone()),
            message: MessageField::some(outgoing.message.clone()),
            ..Default::default()
        };
        wa::Message { device_sent_message: MessageField::some(sent), ..Default::default() }
    }

    /// Who could not open what was sealed for the group gets the message and the key for those to come.
    fn with_group_key(&mut self, outgoing: &Outgoing) -> wa::Message {
        let key = self.group_key_message(&outgoing.chat).unwrap_or_default();
        wa::Message { sender_key_distribution_message: key.sender_key_distribution_message, ..outgoing.message.clone() }
    }

    /// The user looks at a chat, up to the message `id` if given; the senders get to know, and our own companions.
    pub fn read_chat(&mut self, chat: &str, id: Option<&str>) -> Vec<Effect> {
        let mut receipts: Vec<ReceiptOut> = Vec::new();
        for (origin, id) in self.log.mark_read(chat, id) {
            match receipts.iter_mut().find(|r| r.to.user == origin.device.user && r.via == origin.via) {
                Some(receipt) => receipt.ids.push(id),
                None => receipts.push(ReceiptOut {
                    to: origin.device,
                    chat: chat.into(),
                    via: origin.via,
                    ids: vec![id],
                    kind: ReceiptKind::Read,
                }),
            }
        }
        let to_ourselves = receipts.clone().into_iter().map(|receipt| ReceiptOut {
            to: DeviceAddr::pn(self.number.clone(), 0),
            via: Namespace::Pn,
            kind: ReceiptKind::ReadSelf,
            ..receipt
        });
        let to_ourselves: Vec<ReceiptOut> = to_ourselves.collect();
        receipts.into_iter().chain(to_ourselves).map(Effect::Receipt).collect()
    }
}

/// Phones name their messages by 16 random bytes.
pub(super) fn message_id() -> String {
    hex::encode_upper(random::bytes::<16>())
}
