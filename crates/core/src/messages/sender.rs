//! Sends what the ledger holds, for as long as one link is up.
//!
//! A row stays until the network answered for it. An attempt without an answer is repeated with the same bytes under
//! the same id, so that the recipient's app sees one message; what a crash left half-sent goes first. While the network
//! limits the account, nothing is sent, or one message at a time with long pauses.

mod attempts;

use std::{collections::HashMap, sync::Arc, time::Duration};

use switchboard_model::{Health, HealthLevel, MessageId, SessionId};
use switchboard_store::{outbox::OutboxRow, session_health};
use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::attempts::Attempt;
use super::{
    ledger::{Ledger, STORE_PAUSE},
    pacing::Pacer,
};
use crate::{Core, engine::Link};

/// Rows taken from the ledger at once, and attempts that may wait for their answers.
const CLAIM: u32 = 32;
const UNANSWERED: usize = 256;
/// While nothing may go out, the account's health is looked at this often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A running sending task; dropping it stops it at once.
pub(crate) struct Sender {
    acks: mpsc::UnboundedSender<Answer>,
    stop: CancellationToken,
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
        let stop = CancellationToken::new();
        Self { acks, task: tokio::spawn(sending.run(stop.clone())), stop }
    }

    /// Sends nothing more, and returns when what was claimed is back in its place.
    pub(crate) async fn finish(mut self) {
        self.stop.cancel();
        let _ = (&mut self.task).await;
    }

    /// The link said that it is down, or the session is another's.
    pub(crate) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// The network answered for this message, or its receipt said as much, and that is stored.
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

/// The link is down, or the session is another's: this task's end, not an error.
pub(super) struct Over;

impl Sending {
    /// Whatever ends it, what it has claimed goes back to its place, with the attempts that it has seen.
    async fn run(mut self, stop: CancellationToken) {
        if self.ledger.recover().await.is_ok() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.rounds() => {}
            }
            let _it_is_anothers = self.put_back().await;
        }
    }

    async fn rounds(&mut self) {
        self.look_at_health().await;
        while self.round().await.is_ok() {}
    }

    /// Sends what waits, then sleeps until something is to be done.
    async fn round(&mut self) -> Result<(), Over> {
        self.forget_answered().await;
        if let Some(left) = self.held_for() {
            return self.wait_out(left).await;
        }
        self.repeat_unanswered().await?;
        if self.open.len() >= UNANSWERED || !self.send_next().await? {
            self.wait().await;
        }
        Ok(())
    }

    /// Sends what may go together; tells whether more may wait. Nothing is claimed before its time: until then it can
    /// be taken back, and a reply goes before it.
    async fn send_next(&mut self) -> Result<bool, Over> {
        let goes_slowly = self.health.level == HealthLevel::Slowed;
        if (goes_slowly || self.pacer.has_limit()) && !self.ledger.any_waiting().await {
            return Ok(false);
        }
        let places = self.pause(if goes_slowly { 1 } else { CLAIM }).await;
        self.forget_answered().await;
        if self.held_for().is_some() {
            return Ok(true);
        }
        let rows = self.ledger.claim(places.into(), || self.open.keys().cloned().collect()).await?;
        // Fewer than asked for: whatever comes after them rings the bell.
        let unused = places.saturating_sub(u32::try_from(rows.len()).unwrap_or(places));
        self.pacer.give_back(unused);
        self.send(rows).await?;
        Ok(unused == 0)
    }

    async fn send(&mut self, rows: Vec<OutboxRow>) -> Result<(), Over> {
        for row in rows {
            self.attempt(row).await?;
            self.forget_answered().await;
            if self.held_for().is_some() {
                break;
            }
        }
        Ok(())
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
        self.put_back().await?;
        tokio::time::sleep(left.clamp(STORE_PAUSE, LOOK_AGAIN)).await;
        self.look_at_health().await;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
