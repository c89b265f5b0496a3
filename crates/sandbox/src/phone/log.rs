//! What the phone shows in its chats.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Phone;
use super::file::FileKey;
use crate::domain::{DeviceAddr, Namespace};

/// The oldest messages are dropped beyond this many.
const KEPT: usize = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Sent,
    Delivered,
    Read,
}

/// A message as the control API tells it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogMessage {
    pub seq: u64,
    pub id: String,
    pub chat: String,
    pub from: String,
    pub to: String,
    pub text: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub from_me: bool,
    pub timestamp: u64,
    /// How often it arrived; shown once all the same, as real apps do.
    pub copies: u32,
    pub status: Status,
    /// The kind's own fields, and what became of the message later.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

/// A message not yet numbered.
pub(super) struct NewMessage {
    pub(super) id: String,
    pub(super) chat: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) text: Option<String>,
    pub(super) kind: String,
    pub(super) from_me: bool,
    pub(super) timestamp: u64,
    pub(super) status: Status,
    pub(super) origin: Option<Origin>,
    pub(super) details: Map<String, Value>,
    pub(super) secret: Option<[u8; 32]>,
    pub(super) file: Option<FileKey>,
}

/// A message in the log, with what only the phone knows of it.
pub(super) struct Shown<'a> {
    pub(super) message: &'a LogMessage,
    pub(super) secret: Option<[u8; 32]>,
}

/// Where a received message came from: receipts go back there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub(super) device: DeviceAddr,
    pub(super) via: Namespace,
}

/// Real apps take two messages with these equal for one.
type Key = (String, String, String);

#[derive(Serialize, Deserialize)]
struct Entry {
    message: LogMessage,
    origin: Option<Origin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<[u8; 32]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<FileKey>,
}

/// Kept apart from the rest of the phone when it is written down: it only grows, so its changes are appended.
#[derive(Default)]
pub(super) struct MessageLog {
    entries: VecDeque<Entry>,
    next: u64,
    /// Sequence number by chat, sender and id.
    index: HashMap<Key, u64>,
    /// What has changed since it was last written down.
    changed: BTreeSet<u64>,
}

impl MessageLog {
    /// Whether it is there already.
    pub(super) fn has(&self, chat: &str, from: &str, id: &str) -> bool {
        self.index.contains_key(&(chat.into(), from.into(), id.into()))
    }

    /// Adds a message, or counts another copy of one that is there.
    pub(super) fn add(&mut self, new: NewMessage) {
        if self.count_copy(&new.chat, &new.from, &new.id) {
            return;
        }
        self.next += 1;
        self.index.insert((new.chat.clone(), new.from.clone(), new.id.clone()), self.next);
        self.changed.insert(self.next);
        self.entries.push_back(numbered(self.next, new));
        if self.entries.len() > KEPT {
            self.drop_oldest();
        }
    }

    /// Whether there was such a message.
    pub(super) fn count_copy(&mut self, chat: &str, from: &str, id: &str) -> bool {
        let found = self.find(chat, from, id).map(|entry| entry.message.copies += 1);
        found.is_some()
    }

    /// A receipt came for messages sent from this account: their status rises, it never falls.
    pub(super) fn raise(&mut self, chat: &str, me: &str, ids: &[String], status: Status) {
        for id in ids {
            if let Some(entry) = self.find(chat, me, id) {
                entry.message.status = entry.message.status.max(status);
            }
        }
    }

    /// Marks what was received in a chat as read, up to and with `id` if given, and gives what was unread before.
    pub(super) fn mark_read(&mut self, chat: &str, id: Option<&str>) -> Vec<(Origin, String)> {
        let mut read = Vec::new();
        for entry in &mut self.entries {
            let (message, origin) = (&mut entry.message, &entry.origin);
            if message.chat != chat {
                continue;
            }
            if let (false, Status::Sent | Status::Delivered, Some(origin)) = (message.from_me, message.status, origin) {
                message.status = Status::Read;
                self.changed.insert(message.seq);
                read.push((origin.clone(), message.id.clone()));
            }
            if Some(message.id.as_str()) == id {
                break;
            }
        }
        read
    }

    pub(super) fn after(&self, seq: u64) -> impl Iterator<Item = &LogMessage> {
        let first = self.entries.front().map_or(0, |e| e.message.seq);
        let skip = usize::try_from(seq.saturating_add(1).saturating_sub(first)).unwrap_or(usize::MAX);
        self.entries.iter().skip(skip).map(|entry| &entry.message)
    }

    pub(super) fn last_seq(&self) -> u64 {
        self.next
    }

    /// The newest message of a chat with this id.
    pub(super) fn shown(&self, chat: &str, id: &str) -> Option<Shown<'_>> {
        let is = |entry: &&Entry| entry.message.id == id && entry.message.chat == chat;
        let entry = self.entries.iter().rev().find(is)?;
        Some(Shown { message: &entry.message, secret: entry.secret })
    }

    pub(super) fn file_of(&self, id: &str) -> Option<&FileKey> {
        self.entries.iter().rev().find(|entry| entry.message.id == id)?.file.as_ref()
    }

    /// Changes a message that is there.
    pub(super) fn change(&mut self, chat: &str, id: &str, change: impl FnOnce(&mut LogMessage)) {
        let Some(seq) = self.shown(chat, id).map(|shown| shown.message.seq) else { return };
        self.changed.insert(seq);
        if let Some(entry) = self.at(seq) {
            change(&mut entry.message);
        }
    }

    fn find(&mut self, chat: &str, from: &str, id: &str) -> Option<&mut Entry> {
        let seq = *self.index.get(&(chat.into(), from.into(), id.into()))?;
        self.changed.insert(seq);
        self.at(seq)
    }

    fn at(&mut self, seq: u64) -> Option<&mut Entry> {
        let first = self.entries.front()?.message.seq;
        self.entries.get_mut(usize::try_from(seq.checked_sub(first)?).ok()?)
    }

    fn drop_oldest(&mut self) {
        if let Some(Entry { message, .. }) = self.entries.pop_front() {
            self.index.remove(&(message.chat, message.from, message.id));
        }
    }
}

fn numbered(seq: u64, new: NewMessage) -> Entry {
    let NewMessage { id, chat, from, to, text, kind, from_me, timestamp, status, origin, details, secret, file } = new;
    let message = LogMessage { seq, id, chat, from, to, text, kind, from_me, timestamp, copies: 1, status, details };
    Entry { message, origin, secret, file }
}

impl Phone {
    /// What has changed in its chats since the last call: a line of JSON for each message.
    pub fn take_log_lines(&mut self) -> Vec<u8> {
        let log = &mut self.log;
        let mut lines = Vec::new();
        for seq in std::mem::take(&mut log.changed) {
            if let Some(Ok(line)) = log.at(seq).map(|entry| serde_json::to_vec(entry)) {
                lines.extend(line);
                lines.push(b'\n');
            }
        }
        lines
    }

    /// Nobody will write them down.
    pub fn forget_log_changes(&mut self) {
        self.log.changed.clear();
    }

    /// Takes back all that was ever written down. A later line about a message replaces an earlier one; a last
    /// line that was cut short was never acknowledged to anybody.
    pub fn restore_log(&mut self, lines: &[u8]) {
        let entries: BTreeMap<u64, Entry> = lines
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Entry>(line).ok())
            .map(|entry| (entry.message.seq, entry))
            .collect();
        let key = |m: &LogMessage| (m.chat.clone(), m.from.clone(), m.id.clone());
        let next = entries.keys().next_back().copied().unwrap_or(0);
        let index = entries.values().map(|entry| (key(&entry.message), entry.message.seq)).collect();
        self.log = MessageLog { entries: entries.into_values().collect(), next, index, changed: BTreeSet::new() };
    }
}
