//! What waits for a device until it acknowledges it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use wacore_binary::Node;

use crate::stanza::{Stanza as _, saved};

/// How many stanzas of a backlog may be on their way unacknowledged.
const WINDOW: usize = 512;

#[derive(Serialize, Deserialize)]
struct Queued {
    #[serde(with = "saved")]
    stanza: Node,
}

/// Stanzas in order; those before `sent` are on the present connection, unacknowledged.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct OfflineQueue {
    stanzas: VecDeque<Queued>,
    #[serde(skip)]
    flow: Flow,
}

#[derive(Default)]
enum Flow {
    /// Nobody to send to.
    #[default]
    Held,
    /// The backlog is going out in windows; `announced` of it were counted in the preview.
    Draining {
        sent: usize,
        left: usize,
        announced: usize,
        window: usize,
    },
    Live {
        sent: usize,
    },
}

/// What the backlog is made of, for the preview.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct Preview {
    pub(crate) total: usize,
    pub(crate) messages: usize,
    pub(crate) receipts: usize,
    pub(crate) notifications: usize,
    pub(crate) calls: usize,
}

/// One step of delivery.
#[derive(Debug)]
pub(crate) enum Step {
    /// Send this; it waited while the device was away if `offline`.
    Send { stanza: Node, offline: bool },
    /// The backlog is out: so many stanzas.
    Drained(usize),
}

impl OfflineQueue {
    pub(crate) fn len(&self) -> usize {
        self.stanzas.len()
    }

    /// A connection is ready for its backlog. Nothing when it was before: some clients say so at their login and once
    /// more behind it, and must not be sent everything twice.
    pub(crate) fn open(&mut self) -> Option<Preview> {
        if !matches!(self.flow, Flow::Held) {
            return None;
        }
        let announced = self.stanzas.len();
        self.flow = Flow::Draining { sent: 0, left: announced, announced, window: WINDOW };
        Some(self.preview())
    }

    /// The connection is gone; what it did not acknowledge is due again.
    pub(crate) fn hold(&mut self) {
        self.flow = Flow::Held;
    }

    /// The client asked for so many more of its backlog.
    pub(crate) fn widen(&mut self, by: usize) {
        if let Flow::Draining { window, .. } = &mut self.flow {
            *window = window.saturating_add(by);
        }
    }

    pub(crate) fn push(&mut self, stanza: Node) {
        self.stanzas.push_back(Queued { stanza });
    }

    /// Whether an acknowledged stanza was waiting.
    pub(crate) fn acknowledge(&mut self, ack: &Node) -> bool {
        let at = self.stanzas.iter().position(|queued| answers(ack, &queued.stanza));
        at.is_some_and(|at| self.remove(at))
    }

    fn remove(&mut self, at: usize) -> bool {
        self.stanzas.remove(at);
        match &mut self.flow {
            Flow::Held => {}
            Flow::Draining { sent, .. } | Flow::Live { sent } => *sent = sent.saturating_sub(usize::from(at < *sent)),
        }
        true
    }

    /// A receipt for a message shows that the device has it, and stands for an acknowledgement.
    pub(crate) fn received(&mut self, id: &str) -> bool {
        let at = self.stanzas.iter().position(|Queued { stanza }| stanza.tag == "message" && stanza.is("id", id));
        at.is_some_and(|at| self.remove(at))
    }

    /// The next thing to do on the present connection, until there is nothing.
    pub(crate) fn step(&mut self) -> Option<Step> {
        match &mut self.flow {
            Flow::Held => None,
            Flow::Draining { left: 0, sent, announced, .. } => {
                let done = Step::Drained(*announced);
                self.flow = Flow::Live { sent: *sent };
                Some(done)
            }
            Flow::Draining { sent, window, .. } if *sent >= *window => None,
            Flow::Draining { sent, left, .. } => {
                let stanza = self.stanzas.get(*sent)?.stanza.clone();
                *sent += 1;
                *left -= 1;
                Some(Step::Send { stanza, offline: true })
            }
            Flow::Live { sent } => {
                let stanza = self.stanzas.get(*sent)?.stanza.clone();
                *sent += 1;
                Some(Step::Send { stanza, offline: false })
            }
        }
    }

    fn preview(&self) -> Preview {
        let mut preview = Preview { total: self.stanzas.len(), ..Preview::default() };
        for Queued { stanza } in &self.stanzas {
            match &*stanza.tag {
                "message" => preview.messages += 1,
                "receipt" => preview.receipts += 1,
                "notification" => preview.notifications += 1,
                "call" => preview.calls += 1,
                _ => {}
            }
        }
        preview
    }
}

/// Clients echo the class, the id and the sender of what they acknowledge.
fn answers(ack: &Node, stanza: &Node) -> bool {
    ack.is("class", &stanza.tag)
        && ack.text("id") == stanza.text("id")
        && match (ack.jid("to"), stanza.jid("from")) {
            (Some(to), Some(from)) => to.user == from.user && to.server == from.server,
            _ => true,
        }
}

#[cfg(test)]
mod tests {
    use wacore_binary::builder::NodeBuilder;

    use super::*;

    fn message(id: usize) -> Node {
        NodeBuilder::new("message").attr("id", id).attr("from", "491700000001@s.whatsapp.net").build()
    }

    fn ack(id: usize) -> Node {
        NodeBuilder::new("ack")
            .attr("class", "message")
            .attr("id", id)
            .attr("to", "491700000001@s.whatsapp.net")
            .build()
    }

    fn run(queue: &mut OfflineQueue) -> Vec<String> {
        std::iter::from_fn(|| queue.step())
            .map(|step| match step {
                Step::Send { stanza, offline } => {
                    format!("{}{}", stanza.text("id").unwrap(), if offline { "*" } else { "" })
                }
                Step::Drained(count) => format!("end {count}"),
            })
            .collect()
    }

    #[test]
    fn a_backlog_goes_out_in_order_and_ends_with_its_count() {
        let mut queue = OfflineQueue::default();
        queue.push(message(1));
        queue.push(message(2));
        assert!(run(&mut queue).is_empty());
        assert_eq!(queue.open().unwrap().messages, 2);
        assert_eq!(run(&mut queue), ["1*", "2*", "end 2"]);
        assert_eq!(queue.open(), None, "the same connection asks once more");
        queue.push(message(3));
        assert_eq!(run(&mut queue), ["3"]);
    }

    #[test]
    fn what_is_not_acknowledged_is_due_again() {
        let mut queue = OfflineQueue::default();
        queue.open();
        queue.push(message(1));
        queue.push(message(2));
        assert_eq!(run(&mut queue), ["end 0", "1", "2"]);
        assert!(queue.acknowledge(&ack(1)));
        assert!(!queue.acknowledge(&ack(1)));
        queue.hold();
        queue.open();
        assert_eq!(run(&mut queue), ["2*", "end 1"]);
    }

    #[test]
    fn a_long_backlog_waits_for_acknowledgements() {
        let mut queue = OfflineQueue::default();
        (0..WINDOW + 1).for_each(|id| queue.push(message(id)));
        queue.open();
        assert_eq!(run(&mut queue).len(), WINDOW);
        queue.acknowledge(&ack(0));
        assert_eq!(run(&mut queue), [format!("{WINDOW}*"), format!("end {}", WINDOW + 1)]);
    }
}
