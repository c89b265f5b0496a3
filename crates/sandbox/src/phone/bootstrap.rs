//! What a phone tells a companion right after linking it.
//!
//! Clients wait for both messages: the key that opens the account's settings, and a first piece of history.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use waproto::buffa::{Message as _, MessageField};
use waproto::whatsapp as wa;
use waproto::whatsapp::message::protocol_message::Type;
use waproto::whatsapp::message::{
    AppStateSyncKey, AppStateSyncKeyData, AppStateSyncKeyFingerprint, AppStateSyncKeyId, AppStateSyncKeyShare,
    HistorySyncNotification, HistorySyncType, ProtocolMessage,
};

use super::compose::message_id;
use super::{Outgoing, Phone};
use crate::sealed_blob::SealedBlob;

/// Device 0 and the key's running number, as real key ids are made up.
pub(super) const APP_STATE_KEY_ID: [u8; 6] = [0, 0, 0, 0, 0, 1];

impl Phone {
    /// For a companion that has uploaded its prekeys, in this order. `key_indexes` are those of all devices; `put` seals
    /// what is too large for a message and puts it on the media host.
    pub(crate) fn bootstrap(
        &mut self,
        key_indexes: &[u32],
        now: u64,
        put: impl Fn(&[u8]) -> SealedBlob,
    ) -> Vec<Outgoing> {
        let mut messages = vec![self.key_share(key_indexes, now), self.first_history()];
        if !self.past.is_empty() {
            messages.extend(self.history_messages(put));
        }
        messages.into_iter().map(|message| self.for_own_devices(message, now)).collect()
    }

    fn for_own_devices(&mut self, message: ProtocolMessage, now: u64) -> Outgoing {
        let message = wa::Message { protocol_message: MessageField::some(message), ..Default::default() };
        let outgoing = Outgoing { id: message_id(), chat: self.jid(), timestamp: now, peer: true, message };
        self.outbox.keep(&outgoing);
        outgoing
    }

    fn key_share(&self, key_indexes: &[u32], now: u64) -> ProtocolMessage {
        let fingerprint = AppStateSyncKeyFingerprint {
            raw_id: Some(self.raw_id),
            current_index: Some(key_indexes.iter().copied().max().unwrap_or(0)),
            device_indexes: key_indexes.to_vec(),
        };
        let data = AppStateSyncKeyData {
            key_data: Some(self.app_state_key.0.to_vec()),
            fingerprint: MessageField::some(fingerprint),
            timestamp: Some(i64::try_from(now).unwrap_or(i64::MAX)),
        };
        let id = AppStateSyncKeyId { key_id: Some(APP_STATE_KEY_ID.to_vec()) };
        let key = AppStateSyncKey { key_id: MessageField::some(id), key_data: MessageField::some(data) };
        ProtocolMessage {
            r#type: Some(Type::APP_STATE_SYNC_KEY_SHARE),
            app_state_sync_key_share: MessageField::some(AppStateSyncKeyShare { keys: vec![key] }),
            ..Default::default()
        }
    }

    /// Small enough to travel inside the message. Of this kind because every client takes it without a download.
    fn first_history(&self) -> ProtocolMessage {
        let history = deflated(&self.history().encode_to_vec());
        let notification = HistorySyncNotification {
            sync_type: Some(HistorySyncType::NON_BLOCKING_DATA),
            chunk_order: Some(0),
            progress: Some(100),
            file_length: Some(history.len() as u64),
            initial_hist_bootstrap_inline_payload: Some(history),
            ..Default::default()
        };
        ProtocolMessage {
            r#type: Some(Type::HISTORY_SYNC_NOTIFICATION),
            history_sync_notification: MessageField::some(notification),
            ..Default::default()
        }
    }

    fn history(&self) -> wa::HistorySync {
        let lid = format!("{}@lid", self.lid);
        wa::HistorySync {
            sync_type: wa::history_sync::HistorySyncType::NON_BLOCKING_DATA,
            chunk_order: Some(0),
            progress: Some(100),
            pushnames: vec![wa::Pushname { id: Some(self.jid()), pushname: Some(self.name.clone()) }],
            phone_number_to_lid_mappings: vec![wa::PhoneNumberToLIDMapping {
                pn_jid: Some(self.jid()),
                lid_jid: Some(lid),
            }],
            ..Default::default()
        }
    }
}

/// zlib, into memory: neither step can fail.
pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}
