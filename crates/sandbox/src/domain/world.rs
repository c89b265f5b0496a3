//! All of the network's state, changed only from under its lock.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use switchboard_model::Timestamp;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::account::Account;
use super::connection::{ConnId, Parcel, Peer, Record};
use super::device::Device;
use super::groups::Group;
use super::newsletter_watch::Watches;
use super::newsletters::Newsletter;
use super::presence::Presences;
use super::queue::Step;
use crate::control::MediaHost;
use crate::faults::Faults;
use crate::random;
use crate::stanza::server;

/// Closed lines that are remembered for `GET /sandbox/state`.
const REMEMBERED: usize = 2_000;

#[derive(Default)]
pub struct World {
    pub(crate) now: Timestamp,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) lids: HashMap<String, String>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) newsletters: BTreeMap<String, Newsletter>,
    pub(crate) watches: Watches,
    pub(crate) presences: Presences,
    /// By their ids, for as long as the network runs.
    pub(crate) pictures: HashMap<String, Vec<u8>>,
    pub(crate) lines: BTreeMap<ConnId, Peer>,
    pub(crate) records: VecDeque<Record>,
    pub(crate) refs: HashMap<String, ConnId>,
    /// How pairings ended, for those who asked for them.
    pub(crate) outcomes: HashMap<ConnId, Result<u16, String>>,
    pub(crate) unhandled: BTreeMap<String, u64>,
    pub(crate) faults: Faults,
    /// Numbers whose companions are refused until then.
    pub(crate) bans: HashMap<String, Timestamp>,
    /// Stanzas that wait for the next one on their line, to go behind it.
    held_back: HashMap<ConnId, Vec<Node>>,
    pub(crate) media: Arc<MediaHost>,
    pub(crate) changed: Changes,
    outbox: Vec<Dispatch>,
    next_conn: u64,
}

/// What must be written to disk.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) accounts: BTreeSet<String>,
    pub(crate) removed: BTreeSet<String>,
    /// Those among them that are there no more are to be removed.
    pub(crate) groups: BTreeSet<String>,
    /// As with groups.
    pub(crate) newsletters: BTreeSet<String>,
}

/// A parcel on its way to a line.
pub(crate) struct Dispatch {
    pub(crate) to: ConnId,
    pub(crate) parcel: Parcel,
    pub(crate) delay: Duration,
}

impl World {
    pub(crate) fn now_secs(&self) -> u64 {
        u64::try_from(self.now.secs()).unwrap_or_default()
    }

    pub(crate) fn take_outbox(&mut self) -> Vec<Dispatch> {
        std::mem::take(&mut self.outbox)
    }

    pub(crate) fn send(&mut self, to: ConnId, stanza: Node) {
        self.dispatch(to, Parcel::Stanza(stanza), Duration::ZERO);
    }

    pub(crate) fn dispatch(&mut self, to: ConnId, parcel: Parcel, delay: Duration) {
        self.outbox.push(Dispatch { to, parcel, delay });
    }

    /// The account, made if it was not there, to be written to disk.
    pub(crate) fn account(&mut self, number: &str) -> &mut Account {
        self.changed.accounts.insert(number.to_owned());
        let lids = &mut self.lids;
        self.accounts.entry(number.to_owned()).or_insert_with(|| {
            let account = Account::new(number, &format!("Phone {number}"), false);
            lids.insert(account.lid.clone(), number.to_owned());
            account
        })
    }

    /// The account if it exists, to be changed and written to disk.
    pub(crate) fn known(&mut self, number: &str) -> Option<&mut Account> {
        let account = self.accounts.get_mut(number)?;
        self.changed.accounts.insert(number.to_owned());
        Some(account)
    }

    pub(crate) fn device(&mut self, number: &str, device: u16) -> Option<&mut Device> {
        self.known(number)?.devices.get_mut(&device)
    }

    /// How long the companions of this number are still refused.
    pub(crate) fn banned_for(&mut self, number: &str) -> Option<Duration> {
        let until = *self.bans.get(number)?;
        let left = until.since(self.now);
        if left.is_zero() {
            self.bans.remove(number);
        }
        (!left.is_zero()).then_some(left)
    }

    /// The number behind either of a user's two names, if it is on the network.
    pub(crate) fn number_of(&self, jid: &Jid) -> Option<String> {
        if jid.is_lid() {
            return self.lids.get(jid.user.as_str()).cloned();
        }
        self.accounts.contains_key(jid.user.as_str()).then(|| jid.user.to_string())
    }

    /// An account as it was written down.
    pub(crate) fn insert(&mut self, mut account: Account) {
        account.hang_up_all();
        self.lids.insert(account.lid.clone(), account.number.clone());
        self.accounts.insert(account.number.clone(), account);
    }

    /// A number for a new line, and the start of its record.
    pub(crate) fn open_line(&mut self) -> ConnId {
        self.next_conn += 1;
        let id = ConnId(self.next_conn);
        let record = Record {
            id,
            number: None,
            device: None,
            opened_at: self.now,
            logged_in_at: None,
            resumed: false,
            closed_at: None,
            close_reason: None,
        };
        self.records.push_back(record);
        self.forget_old_records();
        id
    }

    /// The line is gone; what it had not acknowledged is due again.
    pub(crate) fn close_line(&mut self, conn: ConnId, reason: &str) {
        let now = self.now;
        if let Some(record) = self.record(conn) {
            record.closed_at = Some(now);
            record.close_reason.get_or_insert_with(|| reason.to_owned());
        }
        self.refs.retain(|_, holder| *holder != conn);
        self.held_back.remove(&conn);
        if let Some(former) = self.lines.remove(&conn) {
            self.release(conn, &former);
        }
    }

    pub(crate) fn record(&mut self, conn: ConnId) -> Option<&mut Record> {
        self.records.iter_mut().rev().find(|record| record.id == conn)
    }

    /// The line that speaks for a device now.
    pub(crate) fn line_of(&self, number: &str, device: u16) -> Option<ConnId> {
        self.accounts.get(number)?.devices.get(&device)?.line
    }

    /// Says one last thing on a line and closes it.
    pub(crate) fn end_line(&mut self, conn: ConnId, last_words: Node, reason: &str) {
        self.send(conn, last_words);
        self.dispatch(conn, Parcel::Close, Duration::ZERO);
        self.abandon(conn, reason);
    }

    /// Cuts a line without a word.
    pub(crate) fn cut_line(&mut self, conn: ConnId, reason: &str) {
        self.dispatch(conn, Parcel::Cut, Duration::ZERO);
        self.abandon(conn, reason);
    }

    fn abandon(&mut self, conn: ConnId, reason: &str) {
        if let Some(record) = self.record(conn) {
            record.close_reason.get_or_insert_with(|| reason.to_owned());
        }
        if let Some(former) = self.lines.insert(conn, Peer::Nobody) {
            self.release(conn, &former);
        }
    }

    /// A device keeps its line only as long as this one speaks for it.
    fn release(&mut self, conn: ConnId, former: &Peer) {
        let Peer::Device { number, device } = former else { return };
        let found = self.accounts.get_mut(number).and_then(|account| account.devices.get_mut(device));
        if let Some(device) = found.filter(|device| device.line == Some(conn)) {
            device.line = None;
            device.queue.hold();
        }
    }

    /// Starts the backlog of a device that says it is ready for it.
    pub(crate) fn activate(&mut self, conn: ConnId, number: &str, device: u16) {
        let Some(found) = self.device(number, device) else { return };
        let Some(preview) = found.queue.open() else { return };
        let node = NodeBuilder::new("offline_preview")
            .attr("count", preview.total)
            .attr("message", preview.messages)
            .attr("receipt", preview.receipts)
            .attr("notification", preview.notifications)
            .attr("call", preview.calls)
            .attr("appdata", 0)
            .build();
        self.send(conn, NodeBuilder::new("ib").attr("from", server()).children([node]).build());
        self.pump(conn, number, device);
    }

    /// Sends what may be sent to a companion now.
    pub(crate) fn pump(&mut self, conn: ConnId, number: &str, device: u16) {
        while let Some(step) = self.next_step(number, device) {
            match step {
                Step::Send { mut stanza, offline } => {
                    if offline {
                        stanza.attrs.push("offline", "0");
                    }
                    self.emit(conn, number, stanza);
                }
                Step::Drained(count) => {
                    let node = NodeBuilder::new("offline").attr("count", count).build();
                    self.send(conn, NodeBuilder::new("ib").attr("from", server()).children([node]).build());
                }
            }
        }
    }

    fn next_step(&mut self, number: &str, device: u16) -> Option<Step> {
        self.accounts.get_mut(number)?.devices.get_mut(&device)?.queue.step()
    }

    /// Puts a stanza on the line, through whatever faults are set for the number.
    fn emit(&mut self, conn: ConnId, number: &str, mut stanza: Node) {
        let fate = self.faults.on_delivery(number, &mut stanza);
        if fate.behind {
            return self.held_back.entry(conn).or_default().push(stanza);
        }
        for _ in 1..fate.copies {
            self.dispatch(conn, Parcel::Stanza(stanza.clone()), fate.delay);
        }
        let is_message = stanza.tag == "message";
        self.dispatch(conn, Parcel::Stanza(stanza), fate.delay);
        if is_message {
            for late in self.held_back.remove(&conn).unwrap_or_default() {
                self.dispatch(conn, Parcel::Stanza(late), Duration::ZERO);
            }
        }
    }

    /// Queues a stanza for a companion until it acknowledges it, and sends it if it is there.
    pub(crate) fn deliver_to_companion(&mut self, number: &str, device: u16, stanza: Node) {
        let Some(found) = self.device(number, device) else { return };
        found.queue.push(stanza);
        if let Some(conn) = self.line_of(number, device) {
            self.pump(conn, number, device);
        }
    }

    /// An id as the server makes them for its own stanzas.
    pub(crate) fn fresh_id(&self) -> String {
        hex::encode_upper(random::bytes::<8>())
    }

    pub(crate) fn count_unhandled(&mut self, stanza: String) {
        tracing::warn!(stanza, "nothing handles this stanza");
        *self.unhandled.entry(stanza).or_default() += 1;
    }

    fn forget_old_records(&mut self) {
        if self.records.len() <= REMEMBERED {
            return;
        }
        if let Some(at) = self.records.iter().position(|record| record.closed_at.is_some()) {
            self.records.remove(at);
        }
    }
}

impl World {
    pub(crate) fn is_changed(&self) -> bool {
        let Changes { accounts, removed, groups, newsletters } = &self.changed;
        !(accounts.is_empty() && removed.is_empty() && groups.is_empty() && newsletters.is_empty())
    }

    /// How a pairing ended, told once.
    pub(crate) fn outcome(&mut self, conn: ConnId) -> Option<Result<u16, String>> {
        if let Some(outcome) = self.outcomes.remove(&conn) {
            return Some(outcome);
        }
        let gone = !matches!(self.lines.get(&conn), Some(Peer::Newcomer(_)));
        gone.then(|| Err("the client went away before it was linked".into()))
    }

    /// The companions that are on the line.
    pub(crate) fn connected(&self) -> Vec<(ConnId, String, u16)> {
        let devices = self.lines.iter().filter_map(|(conn, peer)| match peer {
            Peer::Device { number, device } => Some((*conn, number.clone(), *device)),
            _ => None,
        });
        devices.collect()
    }

    /// Forgets every account and ends every connection.
    pub(crate) fn reset(&mut self) {
        for conn in self.lines.keys().copied().collect::<Vec<_>>() {
            self.cut_line(conn, "the network was reset");
        }
        self.changed.accounts.clear();
        self.changed.removed.extend(std::mem::take(&mut self.accounts).into_keys());
        self.changed.groups.extend(std::mem::take(&mut self.groups).into_keys());
        self.changed.newsletters.extend(std::mem::take(&mut self.newsletters).into_keys());
        self.watches = Watches::default();
        self.lids.clear();
        self.refs.clear();
        self.outcomes.clear();
        self.presences = Presences::default();
        self.unhandled.clear();
        self.faults = Faults::default();
        self.bans.clear();
    }
}
