//! Reconciles what owners want with what runs here: at start, after every command, and always.

use std::{collections::HashMap, time::Duration};

use switchboard_model::{Desired, Session, SessionId, SessionState};
use switchboard_store::{
    StoreError, leases, outbox,
    sessions::{self, SessionFilter},
};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::keeper::wants_keeper;
use crate::{Core, engine::Pairing};

const LOOK_EVERY: Duration = Duration::from_secs(3);
const PAGE: u64 = 500;

/// The background work of the sessions. Run it once for each process.
pub struct Supervisor {
    core: Core,
}

impl Supervisor {
    #[must_use]
    pub fn new(core: Core) -> Self {
        Self { core }
    }

    /// Runs until told to stop; then ends every keeper and waits for them. What owners want stays as it is.
    pub async fn run(self, stop: CancellationToken) {
        let mut look = ticker(LOOK_EVERY);
        let mut renew = ticker(self.core.settings().lease.renew_every);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = look.tick() => {
                    self.report(self.reconcile().await, "reconciling sessions");
                    self.report(self.poke_waiting().await, "looking for waiting messages");
                    self.report(self.core.recover_healths().await, "ending the limits of accounts");
                }
                _ = renew.tick() => self.report(self.renew().await, "renewing leases"),
            }
        }
        self.core.0.keepers.shut_down().await;
    }

    /// Starts what should run and does not, stops what runs and should not.
    async fn reconcile(&self) -> Result<(), StoreError> {
        let mut after: Option<SessionId> = None;
        let filter = SessionFilter { desired: Some(Desired::Connected), ..SessionFilter::default() };
        let mut wanted = std::collections::HashSet::new();
        loop {
            let page = sessions::list(self.core.store().reader(), &filter, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for session in &page {
                // One that was handed over by another gateway is to be let go here.
                if wants_keeper(&session.state) {
                    wanted.insert(session.id.clone());
                }
                self.start_if_free(session).await?;
            }
        }
        for session in self.core.0.keepers.all() {
            if !wanted.contains(&session) {
                self.stop_if_unwanted(&session).await?;
            }
        }
        Ok(())
    }

    async fn start_if_free(&self, session: &Session) -> Result<(), StoreError> {
        let keepers = &self.core.0.keepers;
        if !wants_keeper(&session.state) || keepers.is_running(&session.id) {
            return Ok(());
        }
        let lease = leases::find(self.core.store().reader(), &session.id).await?;
        let ours = &self.core.settings().instance;
        if lease.is_none_or(|lease| lease.expired || lease.holder == *ours) {
            keepers.start(&self.core, &session.id, Pairing::Qr);
        }
        Ok(())
    }

    /// The list was read a moment ago: ask again before stopping anything.
    async fn stop_if_unwanted(&self, id: &SessionId) -> Result<(), StoreError> {
        let session = sessions::find(self.core.store().reader(), id).await?;
        let wanted = |session: &Session| {
            session.desired == Desired::Connected && !matches!(session.state, SessionState::HandedOver { .. })
        };
        if !session.as_ref().is_some_and(wanted) {
            self.core.0.keepers.stop(id, "disconnected").await;
        }
        Ok(())
    }

    /// Another replica may have accepted messages for a session that runs here.
    async fn poke_waiting(&self) -> Result<(), StoreError> {
        for session in outbox::waiting(self.core.store().reader()).await? {
            self.core.0.keepers.poke(&session);
        }
        Ok(())
    }

    /// Renews all leases in one statement, and moves the fences of those still held.
    async fn renew(&self) -> Result<(), StoreError> {
        let running = self.core.0.keepers.all();
        if running.is_empty() {
            return Ok(());
        }
        let (holder, lasts) = (self.core.settings().instance.clone(), self.core.settings().lease.lasts);
        let asked = tokio::time::Instant::now();
        let held = self
            .core
            .store()
            .write(move |tx| {
                let holder = holder.clone();
                Box::pin(async move { leases::renew(tx, &holder, lasts).await })
            })
            .await?;
        // Counted from when it was asked: the answer may have taken its time.
        let left = self.core.settings().lease.fence_after.saturating_sub(asked.elapsed());
        let held: HashMap<_, _> = held.into_iter().collect();
        for session in running {
            self.move_fence(&session, held.get(&session).copied(), left);
        }
        Ok(())
    }

    fn move_fence(&self, session: &SessionId, held: Option<i64>, left: Duration) {
        let Some(live) = self.core.0.keepers.live(session) else { return };
        let fence = live.borrow().fence.clone();
        match fence {
            Some((fence, epoch)) if held == Some(epoch) => {
                let _ = fence.extend(left);
            }
            // Taken over by another gateway, or by this one under a newer epoch.
            Some((fence, epoch)) if held.is_some_and(|newer| newer > epoch) => fence.cut(),
            _ => {}
        }
    }

    fn report(&self, outcome: Result<(), StoreError>, doing: &str) {
        if let Err(error) = outcome {
            tracing::warn!(%error, "{doing} did not succeed; it is tried again");
        }
    }
}

fn ticker(every: Duration) -> tokio::time::Interval {
    let mut ticker = tokio::time::interval(every);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticker
}
