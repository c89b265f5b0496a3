//! The deliveries of one session to one webhook: what was read of them, and what is under way.

use std::collections::VecDeque;

use switchboard_core::DeliveryRow;
use switchboard_model::{Timestamp, WebhookMode};

#[derive(Debug, Default)]
pub(crate) struct LaneState {
    queue: VecDeque<DeliveryRow>,
    under_way: Vec<i64>,
    /// The store may have rows that are not in the queue.
    more: bool,
    fetching: bool,
    /// Rises when what was read, or is being read, is out of date.
    generation: u64,
    /// Waits in the station's list for its turn.
    pub(crate) listed: bool,
    pub(crate) wake_at: Option<Timestamp>,
}

/// What a lane would do now.
#[derive(Debug)]
pub(crate) enum Turn {
    Attempt(Box<DeliveryRow>),
    Fetch {
        generation: u64,
        under_way: Vec<i64>,
    },
    /// Nothing before this time.
    Wait(Timestamp),
    Nothing,
}

impl LaneState {
    pub(crate) fn turn(&mut self, mode: WebhookMode, now: Timestamp) -> Turn {
        if mode == WebhookMode::Fifo && !self.under_way.is_empty() {
            return Turn::Nothing;
        }
        match self.queue.front() {
            Some(head) if head.next_at > now => return Turn::Wait(head.next_at),
            Some(_) => {}
            None if self.more && !self.fetching => {
                (self.more, self.fetching) = (false, true);
                return Turn::Fetch { generation: self.generation, under_way: self.under_way.clone() };
            }
            None => return Turn::Nothing,
        }
        let Some(row) = self.queue.pop_front() else { return Turn::Nothing };
        self.under_way.push(row.pos);
        Turn::Attempt(Box::new(row))
    }

    /// Whether taking a turn may be of use.
    pub(crate) fn has_work(&self) -> bool {
        !self.queue.is_empty() || (self.more && !self.fetching)
    }

    /// Something was read and waits for its turn.
    pub(crate) fn has_rows(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Nothing is left to remember.
    pub(crate) fn is_spent(&self) -> bool {
        !self.has_work() && self.under_way.is_empty() && !self.fetching && self.wake_at.is_none()
    }

    /// New rows were committed.
    pub(crate) fn has_news(&mut self) {
        self.more = true;
    }

    /// What was read of it may be out of date.
    pub(crate) fn start_over(&mut self) {
        self.queue.clear();
        self.generation += 1;
        self.more = true;
    }

    /// Tells whether what was read is still of use.
    pub(crate) fn fetched(&mut self, generation: u64, rows: Vec<DeliveryRow>, more: bool) -> bool {
        self.fetching = false;
        let good = generation == self.generation;
        if good {
            self.queue.extend(rows);
            self.more |= more;
        }
        good
    }

    /// It is read again when it is woken; or sooner, if news came meanwhile.
    pub(crate) fn fetch_failed(&mut self) {
        self.fetching = false;
    }

    pub(crate) fn finished(&mut self, pos: i64) {
        self.under_way.retain(|other| *other != pos);
    }

    /// Back to the head of the queue, for its next attempt.
    pub(crate) fn put_back(&mut self, row: DeliveryRow) {
        self.queue.push_front(row);
    }
}
