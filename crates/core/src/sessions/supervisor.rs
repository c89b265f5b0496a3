//! Reconciles what owners want with what runs here: at start, after every command, and always.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use switchboard_model::{Desired, Session, SessionId, SessionState};
use switchboard_store::{
    StoreError, gateways, outbox,
    sessions::{self, SessionFilter},
};
use tokio::time::{Interval, MissedTickBehavior};
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
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = self.work() => {}
        }
        if self.core.settings().among_others {
            report(self.core.take_leave().await, "taking leave of the other gateways");
        }
        self.core.0.keepers.shut_down().await;
    }

    /// Renewing waits for nothing else: without it every session of this gateway ends.
    async fn work(&mut self) {
        let core = self.core.clone();
        let mut renew = ticker(core.settings().lease.renew_every);
        // A gateway shows itself before it looks around.
        renew.tick().await;
        report(core.renew_leases().await, "renewing leases");
        tokio::join!(keep_renewing(&core, renew), self.look_around());
    }

    async fn look_around(&mut self) {
        let (mut look, mut glance) = (ticker(LOOK_EVERY), ticker(GLANCE_EVERY));
        loop {
            tokio::select! {
                biased;
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
    }

    /// Starts what should run and does not, stops what runs and should not, and lets go of what is above the share.
    async fn reconcile(&mut self) -> Result<(), StoreError> {
        let others = self.core.look_at_others().await?;
        // One that was handed over by another gateway is to be let go here.
        let wanted = self.wanted().await?;
        for session in self.core.0.keepers.all() {
            if !wanted.contains_key(&session) && self.stop_if_unwanted(&session).await? {
                self.leaving.insert(session);
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
        let mut running = keepers.all().len().saturating_sub(self.leaving.len());
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
    async fn left_behind(&self, glance: &mut Interval) {
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

    /// The list was read a moment ago: ask again before stopping anything. Tells whether it stops; nobody waits for
    /// that here, because a link may take long to close.
    async fn stop_if_unwanted(&self, id: &SessionId) -> Result<bool, StoreError> {
        let session = sessions::find(self.core.store().reader(), id).await?;
        let wanted = |session: &Session| {
            session.desired == Desired::Connected && !matches!(session.state, SessionState::HandedOver { .. })
        };
        Ok(!session.as_ref().is_some_and(wanted) && self.core.0.keepers.tell_to_stop(id, "disconnected"))
    }

    /// Another replica may have accepted messages for a session that runs here.
    async fn poke_waiting(&self) -> Result<(), StoreError> {
        for session in outbox::waiting(self.core.store().reader()).await? {
            self.core.0.keepers.poke(&session);
        }
        Ok(())
    }
}

async fn keep_renewing(core: &Core, mut renew: Interval) {
    loop {
        renew.tick().await;
        report(core.renew_leases().await, "renewing leases");
    }
}

fn report(outcome: Result<(), StoreError>, doing: &str) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "{doing} did not succeed; it is tried again");
    }
}

fn ticker(every: Duration) -> Interval {
    let mut ticker = tokio::time::interval(every);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticker
}

#[cfg(test)]
mod tests;
