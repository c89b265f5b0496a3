//! Keeps one session as its owner wants it. One task for each session that is to be connected.
//!
//! A keeper takes the lease, opens a link, and watches it until it ends; then it waits and tries again, or stops with
//! a reason. It is the only one that opens a link, so a session never has two here, and the lease sees to it that no
//! other gateway has one.

use std::{sync::Arc, time::Duration};

use switchboard_model::{SessionId, SessionState};
use switchboard_store::{StoreError, session_health};
use tokio::sync::{Notify, mpsc, watch};

use super::{backoff::Backoff, live::Live, run::Run, state::Step, tenure::Tenure};
use crate::{
    Core,
    engine::{EngineError, Fence, Link, Pairing},
    health,
};

/// What a keeper can be told. It has done so when its channel is closed.
pub(crate) enum Command {
    /// Stop and keep the link; the state afterwards says why.
    Stop { reason: String },
    /// Stop, so that another gateway goes on with the session at once.
    LetGo,
    /// Remove this device from the account, then stop.
    Unlink,
}

pub(crate) struct Keeper {
    pub(crate) core: Core,
    pub(crate) session: SessionId,
    pub(crate) pairing: Pairing,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) live: watch::Sender<Live>,
    pub(crate) outbox: Arc<Notify>,
}

/// Why one run of a link ended.
pub(super) enum End {
    /// Until someone acts; the last word says why, where there is something to say.
    Final(Option<Step>),
    /// Try again after a pause.
    Retry { reason: String },
    /// The lease is another's now; it decides.
    Lost,
}

impl Keeper {
    /// Runs until stopped, finished for good, or out of the lease. Whatever ended it, the link has ended before the last
    /// word, so that nothing it reports comes after.
    pub(crate) async fn run(mut self) {
        let mut tenure = Tenure::new(self.core.clone(), self.session.clone());
        let mut backoff = Backoff::default();
        let mut expired_pairings = 0;
        let mut end = match self.sit_out(&mut tenure).await {
            Ok(end) => end,
            Err(_) => return,
        };
        loop {
            match end {
                Some(End::Final(last)) => return tenure.end(last).await,
                Some(End::Lost) => return,
                Some(End::Retry { .. }) | None => {}
            }
            end = match self.connect(&mut tenure, &mut backoff, &mut expired_pairings).await {
                Ok(End::Retry { reason }) => self.retry(&tenure, reason, &mut backoff).await,
                Ok(end) => Some(end),
                Err(error) => self.retry(&tenure, error.to_string(), &mut backoff).await,
            };
        }
    }

    /// Waits while the network does not want the account, as it did not when it was last asked.
    async fn sit_out(&mut self, tenure: &mut Tenure) -> Result<Option<End>, StoreError> {
        let (reason, wait) = self.barred().await?;
        if wait.is_zero() {
            return Ok(None);
        }
        if tenure.take().await?.is_none() {
            return Ok(Some(End::Lost));
        }
        Ok(self.pause(tenure, reason, wait).await)
    }

    /// How long the network does not want this account, and why.
    async fn barred(&self) -> Result<(String, Duration), StoreError> {
        let health = session_health::get(self.core.store().reader(), &self.session).await?;
        let wait = health::barred_for(&health, self.core.now());
        Ok((health.reason.unwrap_or_default(), wait))
    }

    async fn retry(&mut self, tenure: &Tenure, reason: String, backoff: &mut Backoff) -> Option<End> {
        let barred = self.barred().await.map_or(Duration::ZERO, |(_, wait)| wait);
        self.pause(tenure, reason, barred.max(backoff.next(rand::random()))).await
    }

    /// Announces the next try and waits for it. Tells what ended the keeper meanwhile, if anything did.
    async fn pause(&mut self, tenure: &Tenure, reason: String, wait: Duration) -> Option<End> {
        let retry_at = Some(self.core.now().after(wait));
        // The reason is in the state: what the network said there may name somebody.
        tracing::warn!(session = %self.session, wait_ms = wait.as_millis(), "not connected; it reconnects by itself");
        if !tenure.step(Step::Down { reason, retry_at }).await {
            return Some(End::Lost);
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => None,
            command = self.commands.recv() => Some(End::Final(self.obey(command, None).await)),
        }
    }

    /// One link from its beginning to its end.
    async fn connect(
        &mut self,
        tenure: &mut Tenure,
        backoff: &mut Backoff,
        expired: &mut u32,
    ) -> Result<End, KeeperError> {
        let Some(epoch) = tenure.take().await? else { return Ok(End::Lost) };
        let fence = Fence::open_for(self.core.settings().lease.fence_after);
        self.live.send_modify(|live| live.fence = Some((fence.clone(), epoch)));
        tracing::info!(session = %self.session, "connecting");
        if !tenure.step(Step::Open).await {
            return Ok(End::Lost);
        }
        let permit = tokio::select! {
            permit = self.core.0.keepers.connecting() => permit,
            // Many may be before it: whoever stops it does not wait for them.
            command = self.commands.recv() => return Ok(End::Final(self.obey(command, None).await)),
        };
        let mut run = match Run::open(self, epoch, fence).await {
            Ok(run) => run,
            Err(damaged @ EngineError::Corrupt(_)) => return Ok(End::Final(Some(beyond_repair(&damaged)))),
            Err(error) => return Err(error.into()),
        };
        let end = run.watch(self, backoff, expired, permit).await;
        run.close().await;
        self.live.send_modify(Live::reset);
        Ok(end)
    }

    /// Carries a command out and tells the last word about it. A closed channel means shutdown: whoever asks meanwhile
    /// shall not be told that the session is connected, and the next start goes on as its owner wants.
    pub(super) async fn obey(&self, command: Option<Command>, link: Option<&Arc<dyn Link>>) -> Option<Step> {
        match command {
            None => Some(Step::Down { reason: "the gateway was stopped".to_owned(), retry_at: None }),
            Some(Command::Stop { reason }) => Some(Step::Down { reason, retry_at: None }),
            Some(Command::LetGo) => {
                let reason = "the session moves to another gateway".to_owned();
                Some(Step::Down { reason, retry_at: Some(self.core.now()) })
            }
            Some(Command::Unlink) => {
                if let Some(link) = link
                    && let Err(error) = link.unlink().await
                {
                    tracing::warn!(session = %self.session, %error, "the device could not be removed from the account");
                }
                None
            }
        }
    }
}

/// Trying again reads the same.
fn beyond_repair(damaged: &EngineError) -> Step {
    Step::Disable { reason: format!("{damaged}. Log the session out and pair it anew") }
}

#[derive(Debug, thiserror::Error)]
enum KeeperError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The words of the states that ask for no keeper, whatever the owner wants.
pub(crate) const TERMINAL: &[&str] = &["logged_out", "handed_over", "disabled"];

/// Whether this state asks for a keeper when the owner wants a connection.
pub(crate) fn wants_keeper(state: &SessionState) -> bool {
    !state.is_terminal()
}
