//! A simulated phone: device 0 of an account.
//!
//! A pure state machine without I/O; the domain calls it under its lock and carries out the [`Effect`]s that
//! it returns. It really encrypts: each device it talks to has a Signal session of its own.
//!
//! Devices are named by phone number here ([`DeviceAddr::pn`]), whatever name a stanza used, so that one device
//! never gets two sessions. Chats and users are bare JIDs (`1555...@s.whatsapp.net`, `...@g.us`).
//!
//! How the domain uses it:
//! * A companion pairs: [`Phone::sign_companion`]; with a code: [`LinkAttempt::begin`], then [`Phone::finish_link`].
//! * The companion has uploaded its prekeys: [`Phone::bootstrap`], each item sealed and sent with `category=peer`.
//! * A stanza reaches device 0: [`Phone::arrive`]. While the phone is offline it waits inside the phone.
//! * The user does something: [`Phone::compose`], [`Phone::read_chat`], [`Phone::go_online`], [`Phone::go_offline`].
//! * Sending an [`Outgoing`]: per device, fetch a bundle if [`Phone::needs_bundle`], then [`Phone::seal`] of
//!   [`Phone::message_for`].

mod adv;
mod app_state;
mod arrive;
mod bootstrap;
mod change;
mod cipher;
mod compose;
mod content;
mod device_keys;
mod file;
mod group_keys;
mod history;
mod labels;
mod link;
mod log;
mod outbox;
mod posts;
mod said;
mod secrets;
mod stores;
mod troubles;
mod types;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::DeviceAddr;
use device_keys::DeviceKeys;
use group_keys::GroupKeys;
use log::MessageLog;
use outbox::Outbox;
use secrets::Secret;
use stores::Sessions;
use troubles::Opened;

pub use app_state::ChatDecision;
pub(crate) use app_state::{Decided, Decision};
pub(crate) use arrive::STATUS;
pub use file::{ChosenFile, FileKey, SealedFile, seal_file};
pub use history::{Past, PastChat, PastMessage};
pub(crate) use labels::LabelDecision;
pub use link::{LinkAttempt, PrimaryHello};
pub use log::{LogMessage, Status};
pub use posts::{PostIn, PostTurn};
pub use said::{Along, Said};
pub(crate) use secrets::blob;
pub use troubles::Troubles;
pub use types::{
    Arrival, Effect, EncKind, Incoming, Outgoing, PhoneError, ReceiptIn, ReceiptKind, ReceiptOut, Resend, RetryIn,
    RetryOut, Sealed,
};

#[derive(Serialize, Deserialize)]
pub struct Phone {
    pub number: String,
    /// The user part of its hidden id.
    pub lid: String,
    pub name: String,
    pub business: bool,
    online: bool,
    keys: DeviceKeys,
    sessions: Sessions,
    #[serde(default)]
    group_keys: GroupKeys,
    /// Changes when a phone is registered anew; names this incarnation in everything it signs.
    raw_id: u32,
    app_state_key: Secret,
    /// What was written before any companion was linked.
    #[serde(default)]
    past: Past,
    #[serde(skip)]
    log: MessageLog,
    outbox: Outbox,
    /// What the network would keep for it while it is offline.
    waiting: VecDeque<Arrival>,
    /// How often a message that cannot be opened was asked for again.
    asked_again: VecDeque<(DeviceAddr, String, u32)>,
    #[serde(default)]
    troubles: Troubles,
    #[serde(skip)]
    opened: Opened,
}

impl Phone {
    pub fn new(number: &str, lid: &str, name: &str, business: bool) -> Self {
        Self {
            number: number.into(),
            lid: lid.into(),
            name: name.into(),
            business,
            online: true,
            keys: DeviceKeys::generate(),
            sessions: Sessions::default(),
            group_keys: GroupKeys::default(),
            raw_id: u32::from_be_bytes(crate::random::bytes()),
            app_state_key: Secret::random(),
            past: Past::default(),
            log: MessageLog::default(),
            outbox: Outbox::default(),
            waiting: VecDeque::new(),
            asked_again: VecDeque::new(),
            troubles: Troubles::default(),
            opened: Opened::default(),
        }
    }

    /// Its bare JID by phone number.
    pub fn jid(&self) -> String {
        format!("{}@s.whatsapp.net", self.number)
    }

    pub fn is_online(&self) -> bool {
        self.online
    }

    /// What it could not open so far.
    pub fn troubles(&self) -> Troubles {
        self.troubles
    }

    /// The messages it shows with a sequence number above `after`, oldest first.
    pub fn messages_after(&self, after: u64) -> impl Iterator<Item = &LogMessage> {
        self.log.after(after)
    }

    /// The sequence number of its newest message.
    pub fn last_seq(&self) -> u64 {
        self.log.last_seq()
    }

    /// The public half of its identity key, which is also the account's signature key.
    pub fn identity(&self) -> [u8; 32] {
        self.keys.identity_public()
    }

    pub fn raw_id(&self) -> u32 {
        self.raw_id
    }
}

#[cfg(test)]
mod tests;
