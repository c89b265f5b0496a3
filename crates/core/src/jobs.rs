//! What is done by the clock: forgetting what is older than it is kept for.

use std::{collections::BTreeSet, time::Duration};

use switchboard_model::{SessionId, Timestamp};
use switchboard_store::{StoreError, deletions, deliveries, events, gateways, idempotency, number_checks, sinks};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{Caller, Core, contacts::DAY, replicas::GONE};

const EVERY: Duration = Duration::from_secs(60);
/// Rows forgotten in one transaction: others wait meanwhile.
const CHUNK: u64 = 500;
/// A request is recognised as a repetition for this long.
const IDEMPOTENCY: Duration = Duration::from_secs(24 * 3600);
/// A sink that no gateway has held for so long is no longer configured.
const UNHELD: Duration = Duration::from_secs(24 * 3600);

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
        let mut leftover = BTreeSet::new();
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticker.tick() => {
                    if let Err(error) = self.core.forget_old().await {
                        tracing::warn!(%error, "old rows could not be removed; it is tried again in a minute");
                    }
                    if let Err(error) = self.core.forget_messages().await {
                        tracing::warn!(%error, "old messages could not be removed; it is tried again in a minute");
                    }
                    if let Err(error) = self.core.import_what_is_left().await {
                        tracing::warn!(%error, "whether there is a past to import is not known; it is tried again");
                    }
                    if let Err(error) = self.core.announce_expiries().await {
                        tracing::warn!(%error, "hand-overs that ran out could not be announced; it is tried again");
                    }
                    self.clean_up_sessions().await;
                    leftover = self.forget_keys(leftover).await;
                    self.end_calls_and_blocks().await;
                    if let Err(error) = self.core.reconcile_files().await {
                        tracing::warn!(%error, "the session files could not be looked through; it is tried again");
                    }
                }
            }
        }
    }

    /// Forgets the data keys that were left over a round ago and still are: every process has dropped them since.
    async fn forget_keys(&self, before: BTreeSet<SessionId>) -> BTreeSet<SessionId> {
        let store = self.core.store();
        let forgotten = async {
            let leftover = store.leftover_keys().await?;
            store.forget_keys(leftover.intersection(&before).cloned().collect()).await?;
            Ok::<_, StoreError>(leftover)
        };
        forgotten.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the keys of deleted sessions could not be forgotten; it is tried again");
            BTreeSet::new()
        })
    }

    async fn end_calls_and_blocks(&self) {
        if let Err(error) = self.core.cleanup_blocks(&Caller::System).await {
            tracing::warn!(%error, "blocks that are over could not be ended; it is tried again in a minute");
        }
        if let Err(error) = self.core.end_silent_calls().await {
            tracing::warn!(%error, "calls that rang too long could not be ended; it is tried again");
        }
    }

    async fn clean_up_sessions(&self) {
        let Some(after) = self.core.settings().keep_unlinked else { return };
        match self.core.clean_up_unlinked(after).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "sessions that were never linked are deleted"),
            Err(error) => tracing::warn!(%error, "sessions that were never linked could not be deleted yet"),
        }
    }
}

impl Core {
    /// Forgets events and idempotency keys that are older than they are kept for. Events that a sink waits for are
    /// kept for longer. Returns how many events went.
    pub(crate) async fn forget_old(&self) -> Result<u64, StoreError> {
        let (now, kept) = (self.now(), self.settings().event_retention);
        self.store()
            .write_bulk(move |tx| Box::pin(async move { idempotency::prune(tx, now.before(IDEMPOTENCY)).await }))
            .await?;
        self.store()
            .write_bulk(move |tx| Box::pin(async move { number_checks::prune(tx, now.before(DAY)).await }))
            .await?;
        self.store().write_bulk(|tx| Box::pin(gateways::prune(tx, GONE))).await?;
        let longest = self.settings().sink_retention.max(kept);
        let wanted = sinks::slowest(self.store().reader(), UNHELD).await?.unwrap_or(i64::MAX);
        let forgotten = self.forget_events(now.before(kept), wanted).await?
            + self.forget_events(now.before(longest), i64::MAX).await?;
        self.forget_deliveries().await?;
        Ok(forgotten)
    }

    async fn forget_events(&self, before: Timestamp, upto: i64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let prune = self.store().write_bulk(move |tx| Box::pin(events::prune(tx, before, upto, CHUNK)));
            let chunk = prune.await?;
            forgotten += chunk;
            if chunk < CHUNK {
                return Ok(forgotten);
            }
        }
    }

    /// Those whose events are forgotten, and those that lost their webhook; of deleted sessions, whose they were.
    async fn forget_deliveries(&self) -> Result<(), StoreError> {
        let upto = events::pruned_to(self.store().reader()).await?;
        self.store().write_bulk(move |tx| Box::pin(deletions::prune(tx, upto))).await?;
        while self.store().write_bulk(move |tx| Box::pin(deliveries::prune(tx, upto, CHUNK))).await? > 0 {}
        self.store().write_bulk(|tx| Box::pin(deliveries::sweep(tx))).await.map(drop)
    }
}
