//! Reconciles what owners want with what runs here: at start, after every command, and always.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use switchboard_model::{Desired, Session, SessionId, SessionState};
use switchboard_store::{
    StoreError, gateways, leases, outbox,
    sessions::{self, SessionFilter},
};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::keeper::{TERMINAL, wants_keeper};
use crate::{Core, engine::Pairing, replicas::Others};

const LOOK_EVERY: Duration = Duration::from_secs(3);
/// How often it is asked in between whether another gateway has left sessions behind.
const GLANCE_EVERY: Duration = Duration::from_secs(1);
const PAGE: u64 = 500;
/// One that is not linked yet is left for so long to the gateway that was asked to connect it: that one knows how it is
/// to be paired, and starts it by itself.
const ASKED: Duration = Duration::from_secs(5);

/// The background work of the sessions. Run it once for each process.
pub struct Supervisor {
    core: Core,
    /// Told to let go, and not ended yet.
    leaving: HashSet<SessionId>,
}

impl Supervisor {
    #[must_use]
    pub fn new(core: Core) -> Self {
        Self { core, leaving: HashSet::new() }
    }

    /// Runs until told to stop; then ends every keeper and waits for them. What owners want stays as it is.
    pub async fn run(mut self, stop: CancellationToken) {
        let (mut look, mut glance) = (ticker(LOOK_EVERY), ticker(GLANCE_EVERY));
        let mut renew = ticker(self.core.settings().lease.renew_every);
        loop {
            tokio::select! {
                // A gateway shows itself before it looks around.
                biased;
                () = stop.cancelled() => break,
                _ = renew.tick() => report(self.renew().await, "renewing leases"),
                _ = look.tick() => {
                    report(self.reconcile().await, "reconciling sessions");
                    report(self.poke_waiting().await, "looking for waiting messages");
                    report(self.core.recover_healths().await, "ending the limits of accounts");
                }
                () = self.left_behind(&mut glance) => {
                    report(self.adopt().await, "looking for sessions that another gateway has left");
                }
            }
        }
        if self.core.settings().among_others {
            report(self.core.take_leave().await, "taking leave of the other gateways");
        }
        self.core.0.keepers.shut_down().await;
    }

    /// Starts what should run and does not, stops what runs and should not, and lets go of what is above the share.
    async fn reconcile(&mut self) -> Result<(), StoreError> {
        let others = self.core.look_at_others().await?;
        // One that was handed over by another gateway is to be let go here.
        let wanted = self.wanted().await?;
        for session in self.core.0.keepers.all() {
            if !wanted.contains_key(&session) {
                self.stop_if_unwanted(&session).await?;
            }
        }
        self.share(&wanted, &others);
        Ok(())
    }

    /// The sessions that are to be connected, by whichever gateway; and whether one may start it unasked.
    async fn wanted(&self) -> Result<HashMap<SessionId, bool>, StoreError> {
        let mut after: Option<SessionId> = None;
        let filter = SessionFilter { desired: Some(Desired::Connected), ..SessionFilter::default() };
        let mut wanted = HashMap::new();
        loop {
            let page = sessions::list(self.core.store().reader(), &filter, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(wanted) };
            after = Some(last.id.clone());
            let page = page.into_iter().filter(|session| wants_keeper(&session.state));
            wanted.extend(page.map(|session| (session.id.clone(), self.may_start(&session))));
        }
    }

    fn may_start(&self, session: &Session) -> bool {
        let asked_long_ago = || self.core.now().since(session.updated_at) >= ASKED;
        session.linked || !self.core.settings().among_others || asked_long_ago()
    }

    fn share(&mut self, wanted: &HashMap<SessionId, bool>, others: &Others) {
        let keepers = &self.core.0.keepers;
        self.leaving.retain(|session| keepers.is_running(session));
        let shares = others.shares(wanted.len());
        let mut running = keepers.all().len() - self.leaving.len();
        let idle = wanted.iter().filter(|(_, may_start)| **may_start).map(|(session, _)| session);
        let idle = idle.filter(|session| !keepers.is_running(session) && !others.is_held_elsewhere(session));
        // In no order: else all gateways would reach for the same ones first.
        for session in idle {
            if (others.is_ours(session) || shares.room(running) > 0) && keepers.start(&self.core, session, Pairing::Qr)
            {
                running += 1;
            }
        }
        let staying = keepers.all().into_iter().filter(|session| !self.leaving.contains(session));
        let leaving = staying.filter(|session| wanted.contains_key(session) && keepers.let_go(session));
        let leaving: Vec<_> = leaving.take(shares.to_let_go(running)).collect();
        self.leaving.extend(leaving);
    }

    /// Another gateway may have let go of something: it said so, or it is time to look.
    async fn left_behind(&self, glance: &mut tokio::time::Interval) {
        if !self.core.settings().among_others {
            std::future::pending::<()>().await;
        }
        tokio::select! {
            () = self.core.0.grapevine.free.notified() => {}
            _ = glance.tick() => {}
        }
    }

    /// At once where another gateway has let go of something or died; the lease's time has passed then.
    async fn adopt(&mut self) -> Result<(), StoreError> {
        let abandoned = gateways::any_abandoned(self.core.store().reader(), TERMINAL).await?;
        if abandoned { self.reconcile().await } else { Ok(()) }
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

    /// Renews all leases in one statement, and moves the fences of those still held. Together with the sign of life,
    /// so that a gateway is missed when its sessions are.
    async fn renew(&self) -> Result<(), StoreError> {
        let running = self.core.0.keepers.all();
        let settings = self.core.settings();
        if running.is_empty() && !settings.among_others {
            return Ok(());
        }
        let (own, among_others, lasts) = (self.core.own_row(), settings.among_others, settings.lease.lasts);
        let asked = tokio::time::Instant::now();
        let held = self
            .core
            .store()
            .write(move |tx| {
                let own = own.clone();
                Box::pin(async move {
                    if among_others {
                        gateways::beat(tx, &own).await?;
                    }
                    leases::renew(tx, &own.id, lasts).await
                })
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
}

fn report(outcome: Result<(), StoreError>, doing: &str) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "{doing} did not succeed; it is tried again");
    }
}

fn ticker(every: Duration) -> tokio::time::Interval {
    let mut ticker = tokio::time::interval(every);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticker
}

#[cfg(test)]
mod tests;
