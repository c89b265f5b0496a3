//! Sends what the ledger holds, for as long as one link is up.
//!
//! A row stays until the network answered for it. An attempt without an answer is repeated with the same bytes under
//! the same id, so that the recipient's app sees one message; what a crash left half-sent goes first. While the network
//! limits the account, nothing is sent, or one message at a time with long pauses.

use std::{collections::HashMap, sync::Arc, time::Duration};

use switchboard_model::{Health, HealthLevel, MessageId, SessionId};
use switchboard_store::{outbox::OutboxRow, session_health};
use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};

use super::{
    ledger::{Ledger, STORE_PAUSE},
    pacing::Pacer,
};
use crate::{
    Core,
    engine::{EngineError, Link, Transmit},
    health,
};

/// Rows taken from the ledger at once, and attempts that may wait for their answers.
const CLAIM: u64 = 32;
const UNANSWERED: usize = 256;
/// While nothing may go out, the account's health is looked at this often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A running sending task; dropping it stops it.
pub(crate) struct Sender {
    acks: mpsc::UnboundedSender<Answer>,
    task: tokio::task::JoinHandle<()>,
}

impl Sender {
    /// Sends as the holder of the lease of this epoch.
    pub(crate) fn start(core: Core, session: SessionId, epoch: i64, link: Arc<dyn Link>, outbox: Arc<Notify>) -> Self {
        let (acks, answers) = mpsc::unbounded_channel();
        let pacer = Pacer::new(core.settings().pacing);
        let ledger = Ledger { core: core.clone(), session: session.clone(), epoch };
        let sending = Sending {
            core,
            session,
            ledger,
            link,
            outbox,
            answers,
            open: HashMap::new(),
            pacer,
            since: Instant::now(),
            health: Health::default(),
        };
        Self { acks, task: tokio::spawn(sending.run()) }
    }

    /// The link said that it is down, or the session is another's.
    pub(crate) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// The network answered for this message, and the answer is stored.
    pub(crate) fn acked(&self, id: MessageId, refused: bool) {
        let _ = self.acks.send(Answer { id, refused });
    }
}

struct Answer {
    id: MessageId,
    /// The account itself may be in trouble.
    refused: bool,
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Sending {
    core: Core,
    session: SessionId,
    ledger: Ledger,
    link: Arc<dyn Link>,
    outbox: Arc<Notify>,
    answers: mpsc::UnboundedReceiver<Answer>,
    /// Written and not answered yet.
    open: HashMap<MessageId, Attempt>,
    pacer: Pacer,
    since: Instant,
    /// As it was at the last look.
    health: Health,
}

struct Attempt {
    row: OutboxRow,
    begun: Instant,
    deadline: Instant,
}

/// The link is down, or the session is another's: this task's end, not an error.
pub(super) struct Over;

impl Sending {
    async fn run(mut self) {
        if self.ledger.release(Vec::new()).await.is_ok() {
            self.look_at_health().await;
            while self.round().await.is_ok() {}
        }
    }

    /// Sends what waits, then sleeps until something is to be done.
    async fn round(&mut self) -> Result<(), Over> {
        self.forget_answered().await;
        if let Some(left) = self.held_for() {
            return self.wait_out(left).await;
        }
        if self.open.len() < UNANSWERED {
            let rows = self.ledger.claim(CLAIM, || self.open.keys().cloned().collect()).await?;
            // Fewer than asked for: whatever comes after them rings the bell.
            let more = rows.len() as u64 == CLAIM;
            for row in rows {
                self.attempt(row).await?;
                self.forget_answered().await;
                if self.held_for().is_some() {
                    return Ok(());
                }
            }
            if more {
                return Ok(());
            }
        }
        self.wait().await;
        self.repeat_unanswered().await
    }

    async fn wait(&mut self) {
        let deadline = self.open.values().map(|attempt| attempt.deadline).min();
        let overdue = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.outbox.notified(), if self.open.len() < UNANSWERED => {}
            answer = self.answers.recv() => {
                if let Some(answer) = answer {
                    self.answered(answer).await;
                }
            }
            () = overdue => {}
        }
    }

    async fn forget_answered(&mut self) {
        while let Ok(answer) = self.answers.try_recv() {
            self.answered(answer).await;
        }
    }

    async fn answered(&mut self, answer: Answer) {
        if let Some(attempt) = self.open.remove(&answer.id) {
            metrics::histogram!("switchboard_message_ack_seconds").record(attempt.begun.elapsed());
        }
        if answer.refused {
            self.look_at_health().await;
        }
    }

    async fn look_at_health(&mut self) {
        match session_health::get(self.core.store().reader(), &self.session).await {
            Ok(health) => self.health = health,
            Err(error) => tracing::warn!(session = %self.session, %error, "the account's health cannot be read"),
        }
    }

    /// How long nothing may go out.
    fn held_for(&self) -> Option<Duration> {
        if self.health.level != HealthLevel::Held {
            return None;
        }
        Some(self.health.until.map_or(LOOK_AGAIN, |until| until.since(self.core.now())))
    }

    /// What was claimed goes back to its place meanwhile: it can be taken back there.
    async fn wait_out(&mut self, left: Duration) -> Result<(), Over> {
        self.open.clear();
        self.ledger.release(Vec::new()).await?;
        tokio::time::sleep(left.clamp(STORE_PAUSE, LOOK_AGAIN)).await;
        self.look_at_health().await;
        Ok(())
    }

    /// An account that goes slowly sends one message in a while.
    async fn go_slowly(&mut self) {
        if self.health.level != HealthLevel::Slowed {
            return;
        }
        tokio::time::sleep(health::pause_between(self.core.settings().first_hold)).await;
        self.look_at_health().await;
    }

    async fn repeat_unanswered(&mut self) -> Result<(), Over> {
        let now = Instant::now();
        let overdue: Vec<_> = self.open.extract_if(|_, attempt| attempt.deadline <= now).collect();
        for (_, Attempt { mut row, .. }) in overdue {
            row.attempts += 1;
            if row.attempts >= i64::from(self.core.settings().send_attempts) {
                self.ledger.give_up(&row.id, "the network did not answer, however often it was sent").await?;
            } else {
                self.attempt(row).await?;
            }
        }
        Ok(())
    }

    async fn attempt(&mut self, row: OutboxRow) -> Result<(), Over> {
        let pause = self.pacer.take(self.since.elapsed(), rand::random());
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        self.go_slowly().await;
        let message = Transmit { id: row.id.clone(), chat: row.chat.clone(), finished: row.finished.clone() };
        let begun = Instant::now();
        let deadline = begun + self.core.settings().ack_timeout;
        // Known before the write: the answer may come before the write returns.
        self.open.insert(row.id.clone(), Attempt { row, begun, deadline });
        match self.link.transmit(&message).await {
            Ok(()) => Ok(()),
            Err(EngineError::Refused(reason)) => {
                self.open.remove(&message.id);
                self.ledger.give_up(&message.id, &reason).await
            }
            Err(EngineError::Fenced(_) | EngineError::NotConnected(_)) => Err(Over),
            Err(error) => {
                // Stays open: repeated at its deadline, and given up after its last attempt.
                tracing::warn!(session = %self.session, message = %message.id, %error, "an attempt to send failed");
                Ok(())
            }
        }
    }
}
