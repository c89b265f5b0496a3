//! One attempt to send a message after the other, each at its time.
//!
//! How often a message was begun is counted here and written down when it goes back to its place: sending writes the
//! ledger once for many messages. What a crash keeps from being written down counts once for every row that was claimed.

use switchboard_model::{HealthLevel, MessageId};
use switchboard_store::outbox::OutboxRow;
use tokio::time::Instant;

use super::{Over, Sending};
use crate::{
    engine::{EngineError, Transmit},
    health,
};

pub(super) struct Attempt {
    pub(super) row: OutboxRow,
    pub(super) begun: Instant,
    pub(super) deadline: Instant,
}

impl Sending {
    pub(super) async fn put_back(&mut self) -> Result<(), Over> {
        let attempts = self.open.iter().map(|(id, attempt)| (id.clone(), attempt.row.attempts));
        self.ledger.put_back(attempts.collect(), Vec::new()).await?;
        self.open.clear();
        Ok(())
    }

    /// Waits for the time of the next messages; tells how many may go then.
    pub(super) async fn pause(&mut self, most: u32) -> u32 {
        let (places, pause) = self.pacer.take_together(self.since.elapsed(), rand::random(), most);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        self.go_slowly().await;
        places
    }

    /// An account that goes slowly sends one message in a while.
    async fn go_slowly(&mut self) {
        if self.health.level != HealthLevel::Slowed {
            return;
        }
        tokio::time::sleep(health::pause_between(self.core.settings().first_hold)).await;
        self.look_at_health().await;
    }

    pub(super) async fn repeat_unanswered(&mut self) -> Result<(), Over> {
        let now = Instant::now();
        let overdue = self.open.iter().filter(|(_, attempt)| attempt.deadline <= now);
        let overdue: Vec<_> = overdue.map(|(id, attempt)| (id.clone(), attempt.row.attempts)).collect();
        for (id, attempts) in overdue {
            if attempts >= i64::from(self.core.settings().send_attempts) {
                self.give_up(&id, "the network did not answer, however often it was sent").await?;
                continue;
            }
            self.pause(1).await;
            if let Some(Attempt { row, .. }) = self.open.remove(&id) {
                self.attempt(row).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn attempt(&mut self, row: OutboxRow) -> Result<(), Over> {
        let message = Transmit { id: row.id.clone(), chat: row.chat.clone(), finished: row.finished.clone() };
        let before = row.attempts;
        // Known before the write: the answer may come before the write returns.
        self.note(row, before + 1);
        match self.link.transmit(&message).await {
            Ok(()) => Ok(()),
            Err(EngineError::Refused(reason)) => self.give_up(&message.id, &reason).await,
            Err(EngineError::Fenced(_) | EngineError::NotConnected(_)) => {
                // Most likely it was not written, so it does not count again; but it is not as if it had never begun.
                if let Some(attempt) = self.open.get_mut(&message.id) {
                    attempt.row.attempts = before.max(1);
                }
                Err(Over)
            }
            Err(error) => {
                // Stays open: repeated at its deadline, and given up after its last attempt.
                tracing::warn!(session = %self.session, message = %message.id, %error, "an attempt to send failed");
                Ok(())
            }
        }
    }

    fn note(&mut self, row: OutboxRow, attempts: i64) {
        let begun = Instant::now();
        let deadline = begun + self.core.settings().ack_timeout;
        let row = OutboxRow { attempts, ..row };
        self.open.insert(row.id.clone(), Attempt { row, begun, deadline });
    }

    async fn give_up(&mut self, id: &MessageId, reason: &str) -> Result<(), Over> {
        self.ledger.give_up(id, reason).await?;
        self.open.remove(id);
        Ok(())
    }
}
