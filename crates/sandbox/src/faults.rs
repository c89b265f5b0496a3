//! Trouble on demand: what goes wrong next, for whom and how often.

mod names;

use std::time::Duration;

use serde::Deserialize;
use wacore_binary::{Node, NodeContent};

use crate::phone::Incoming;
use crate::stanza::Stanza as _;

/// Long enough to be noticed, short enough for a test.
const DEFAULT_DELAY: Duration = Duration::from_secs(1);
const DEFAULT_BAN: Duration = Duration::from_secs(60);
/// So far from its end every ciphertext is covered by its checksum.
const CORRUPT_AT: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection is cut without a word.
    Drop,
    /// The connection ends with stream error 503.
    #[serde(rename = "503")]
    Unavailable,
    /// The connection ends as if the same companion had connected elsewhere.
    Replaced,
    /// The companion is unlinked.
    DeviceRemoved,
    /// The next message to a companion comes late, and what follows it too.
    Delay,
    /// The server takes the next message from a companion and does not acknowledge it.
    LoseAck,
    /// The next message to any device comes twice.
    Duplicate,
    /// The next message to any device is damaged and cannot be decrypted.
    Corrupt,
    /// The next message to a companion comes behind the one after it.
    OutOfOrder,
    /// The connection ends with stream error 429: the account does too much.
    #[serde(rename = "429")]
    TooMuch,
    /// The account is banned for some seconds: its companions are refused at each login until then.
    Banned,
    /// The next message from a companion is refused with error 463: the account may not write to that person now.
    #[serde(rename = "463")]
    RefuseSend,
    /// The next client that the phone scans or types a code for gets an identity that is not signed by the phone.
    RefusePairing,
    /// The next client that the phone scans is asked for a passkey instead of being linked.
    Passkey,
    /// The network forgets the one-time keys that companions have left with it, and asks for new ones.
    ExpiredPrekeys,
    /// The next request to the media host takes its time.
    SlowMedia,
    /// The next file that is asked for is not there any more.
    MediaGone,
}

impl FaultKind {
    /// Faults that end a connection happen at once, the others when there is something to spoil.
    pub fn ends_connection(self) -> bool {
        matches!(self, Self::Drop | Self::Unavailable | Self::Replaced | Self::DeviceRemoved | Self::TooMuch)
    }
}

/// Something that shall go wrong.
#[derive(Clone, Debug, Deserialize)]
pub struct Fault {
    pub kind: FaultKind,
    /// Absent: whoever comes first.
    pub number: Option<String>,
    #[serde(default = "once")]
    pub count: u32,
    /// How long a `delay`, a `slow_media` or a ban lasts.
    pub milliseconds: Option<u64>,
}

fn once() -> u32 {
    1
}

/// The faults that have not happened yet.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

/// What becomes of one stanza.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) copies: usize,
    pub(crate) delay: Duration,
    /// It waits for the next one and goes behind it.
    pub(crate) behind: bool,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// How many faults are still to happen.
    pub(crate) fn pending(&self) -> u64 {
        self.0.iter().map(|fault| u64::from(fault.count)).sum()
    }

    /// Uses up one fault of that kind for that number.
    pub(crate) fn take(&mut self, kind: FaultKind, number: &str) -> Option<Fault> {
        let at = self.0.iter().position(|fault| fault.kind == kind && fault.concerns(number))?;
        self.0[at].count = self.0[at].count.saturating_sub(1);
        let fault = self.0[at].clone();
        self.0.retain(|fault| fault.count > 0);
        Some(fault)
    }

    /// Uses up one fault that ends a connection of that number.
    pub(crate) fn take_ending(&mut self, number: &str) -> Option<FaultKind> {
        let kind = self.0.iter().find(|fault| fault.kind.ends_connection() && fault.concerns(number))?.kind;
        self.take(kind, number).map(|fault| fault.kind)
    }

    pub(crate) fn on_delivery(&mut self, number: &str, stanza: &mut Node) -> Fate {
        let mut fate = Fate { copies: 1, delay: Duration::ZERO, behind: false };
        if self.0.is_empty() || stanza.tag != "message" {
            return fate;
        }
        if let Some(fault) = self.take(FaultKind::Delay, number) {
            fate.delay = fault.lasts(DEFAULT_DELAY);
        }
        if self.take(FaultKind::Duplicate, number).is_some() {
            fate.copies = 2;
        }
        if stanza.child("enc").is_some() && self.take(FaultKind::Corrupt, number).is_some() {
            corrupt_stanza(stanza);
        }
        fate.behind = self.take(FaultKind::OutOfOrder, number).is_some();
        fate
    }

    /// How long the media host takes for its next answer.
    pub(crate) fn on_media(&mut self) -> Option<Duration> {
        self.take_any(FaultKind::SlowMedia).map(|fault| fault.lasts(DEFAULT_DELAY))
    }

    /// The media host asks nobody for a name, so whose file it is does not matter.
    pub(crate) fn take_any(&mut self, kind: FaultKind) -> Option<Fault> {
        let number = self.0.iter().find(|fault| fault.kind == kind)?.number.clone().unwrap_or_default();
        self.take(kind, &number)
    }

    /// How many copies of a message reach a phone.
    pub(crate) fn on_arrival(&mut self, number: &str, message: &mut Incoming) -> usize {
        if self.0.is_empty() {
            return 1;
        }
        if self.take(FaultKind::Corrupt, number).is_some() {
            message.enc.iter_mut().for_each(|sealed| corrupt(&mut sealed.bytes));
        }
        if self.take(FaultKind::Duplicate, number).is_some() { 2 } else { 1 }
    }
}

impl Fault {
    pub(crate) fn concerns(&self, number: &str) -> bool {
        self.count > 0 && self.number.as_deref().is_none_or(|wanted| wanted == number)
    }

    pub(crate) fn ban(&self) -> Duration {
        self.lasts(DEFAULT_BAN)
    }

    fn lasts(&self, otherwise: Duration) -> Duration {
        self.milliseconds.map_or(otherwise, Duration::from_millis)
    }
}

fn corrupt_stanza(stanza: &mut Node) {
    let Some(NodeContent::Nodes(kids)) = &mut stanza.content else { return };
    for kid in kids.iter_mut().filter(|kid| kid.tag == "enc") {
        if let Some(NodeContent::Bytes(bytes)) = &mut kid.content {
            corrupt(bytes);
        }
    }
}

fn corrupt(ciphertext: &mut [u8]) {
    let at = ciphertext.len().saturating_sub(CORRUPT_AT);
    if let Some(byte) = ciphertext.get_mut(at) {
        *byte ^= 0xff;
    }
}

#[cfg(test)]
mod tests {
    use wacore_binary::builder::NodeBuilder;

    use super::*;
    use crate::stanza::leaf;

    fn fault(kind: FaultKind, number: Option<&str>, count: u32) -> Fault {
        Fault { kind, number: number.map(str::to_owned), count, milliseconds: None }
    }

    #[test]
    fn a_fault_happens_as_often_as_asked_and_only_to_its_number() {
        let mut faults = Faults::default();
        faults.add(fault(FaultKind::LoseAck, Some("1"), 2));
        assert!(faults.take(FaultKind::LoseAck, "2").is_none());
        assert!(faults.take(FaultKind::LoseAck, "1").is_some());
        assert!(faults.take(FaultKind::LoseAck, "1").is_some());
        assert!(faults.take(FaultKind::LoseAck, "1").is_none());
    }

    #[test]
    fn messages_are_spoilt_and_other_stanzas_are_not() {
        let mut faults = Faults::default();
        faults.add(fault(FaultKind::Corrupt, None, 1));
        faults.add(fault(FaultKind::Duplicate, None, 1));
        let mut receipt = NodeBuilder::new("receipt").build();
        assert_eq!(faults.on_delivery("1", &mut receipt).copies, 1);
        let mut message = NodeBuilder::new("message").children([leaf("enc", [0; 64])]).build();
        assert_eq!(faults.on_delivery("1", &mut message).copies, 2);
        assert_ne!(message.child_bytes("enc"), [0; 64]);
    }
}
