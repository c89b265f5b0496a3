//! Keeps the leases of the sessions that run here, and moves the fences that stand before them.

use std::{collections::HashMap, time::Duration};

use switchboard_model::SessionId;
use switchboard_store::{StoreError, gateways, leases};
use tokio::time::Instant;

use crate::Core;

impl Core {
    /// Renews all leases in one statement, and moves the fences of those still held. Together with the sign of life,
    /// so that a gateway is missed when its sessions are.
    pub(super) async fn renew_leases(&self) -> Result<(), StoreError> {
        let running = self.0.keepers.all();
        if running.is_empty() && !self.settings().among_others {
            return Ok(());
        }
        let asked = Instant::now();
        let held = self.held().await?;
        // Counted from when it was asked: the answer may have taken its time.
        let left = self.settings().lease.fence_after.saturating_sub(asked.elapsed());
        for session in running {
            self.move_fence(&session, held.get(&session).copied(), left);
        }
        Ok(())
    }

    /// The epochs of all leases that this gateway holds, for another while.
    async fn held(&self) -> Result<HashMap<SessionId, i64>, StoreError> {
        let (own, settings) = (self.own_row(), self.settings());
        let (among_others, lasts) = (settings.among_others, settings.lease.lasts);
        let held = self.store().write(move |tx| {
            let own = own.clone();
            Box::pin(async move {
                if among_others {
                    gateways::beat(tx, &own).await?;
                }
                leases::renew(tx, &own.id, lasts).await
            })
        });
        Ok(held.await?.into_iter().collect())
    }

    fn move_fence(&self, session: &SessionId, held: Option<i64>, left: Duration) {
        let Some(live) = self.0.keepers.live(session) else { return };
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
