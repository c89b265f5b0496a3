//! The last messages that the phone sent, for devices that could not open them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use waproto::buffa::Message as _;
use waproto::whatsapp as wa;

use super::Outgoing;
use super::secrets::blob;

const KEPT: usize = 500;

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Outbox(VecDeque<Kept>);

#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    chat: String,
    timestamp: u64,
    peer: bool,
    #[serde(with = "blob")]
    message: Vec<u8>,
}

impl Outbox {
    pub(super) fn keep(&mut self, outgoing: &Outgoing) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(Kept {
            id: outgoing.id.clone(),
            chat: outgoing.chat.clone(),
            timestamp: outgoing.timestamp,
            peer: outgoing.peer,
            message: outgoing.message.encode_to_vec(),
        });
    }

    pub(super) fn find(&self, id: &str) -> Option<Outgoing> {
        let kept = self.0.iter().rev().find(|kept| kept.id == id)?;
        Some(Outgoing {
            id: kept.id.clone(),
            chat: kept.chat.clone(),
            timestamp: kept.timestamp,
            peer: kept.peer,
            message: wa::Message::decode_from_slice(&kept.message).ok()?,
        })
    }
}
