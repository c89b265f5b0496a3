//! What is done by the clock: forgetting what is older than it is kept for.

use std::time::Duration;

use switchboard_store::{StoreError, deliveries, events, idempotency};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::Core;

const EVERY: Duration = Duration::from_secs(60);
/// Rows forgotten in one transaction: others wait meanwhile.
const CHUNK: u64 = 500;
/// A request is recognised as a repetition for this long.
const IDEMPOTENCY: Duration = Duration::from_secs(24 * 3600);

/// The periodic jobs. Run once for each process; several replicas do not get in each other's way.
pub struct Jobs {
    core: Core,
}

impl Jobs {
    #[must_use]
    pub fn new(core: Core) -> Self {
        Self { core }
    }

    pub async fn run(self, stop: CancellationToken) {
        let mut ticker = tokio::time::interval(EVERY);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticker.tick() => {
                    if let Err(error) = self.core.forget_old().await {
                        tracing::warn!(%error, "old rows could not be removed; it is tried again in a minute");
                    }
                    if let Err(error) = self.core.announce_expiries().await {
                        tracing::warn!(%error, "hand-overs that ran out could not be announced; it is tried again");
                    }
                }
            }
        }
    }
}

impl Core {
    /// Forgets events and idempotency keys that are older than they are kept for. Returns how many events went.
    pub(crate) async fn forget_old(&self) -> Result<u64, StoreError> {
        let (now, kept) = (self.now(), self.settings().event_retention);
        self.store()
            .write_bulk(move |tx| Box::pin(async move { idempotency::prune(tx, now.before(IDEMPOTENCY)).await }))
            .await?;
        let mut forgotten = 0;
        loop {
            let chunk = self
                .store()
                .write_bulk(move |tx| Box::pin(async move { events::prune(tx, now.before(kept), CHUNK).await }))
                .await?;
            forgotten += chunk;
            if chunk < CHUNK {
                break;
            }
        }
        self.forget_deliveries().await?;
        Ok(forgotten)
    }

    /// Those whose events are forgotten, and those that lost their webhook.
    async fn forget_deliveries(&self) -> Result<(), StoreError> {
        let upto = events::pruned_to(self.store().reader()).await?;
        while self.store().write_bulk(move |tx| Box::pin(deliveries::prune(tx, upto, CHUNK))).await? > 0 {}
        self.store().write_bulk(|tx| Box::pin(deliveries::sweep(tx))).await.map(drop)
    }
}
