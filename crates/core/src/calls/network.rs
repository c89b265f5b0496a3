//! Keeps the network's own block list in step with our blocks, where the owner wants that. What could not be told,
//! because the session was away, is told later: the rows say what is still to be done.

use std::sync::Arc;

use switchboard_model::SessionId;
use switchboard_store::{
    StoreError,
    blocked_contacts::{self, BlockedRow, NetworkBlock},
};

use crate::{
    Core,
    engine::{EngineError, Link},
};

/// Tells the network what it was not told yet about this session.
pub(crate) async fn tell_network(core: &Core, session: &SessionId, link: &Arc<dyn Link>) {
    if let Err(error) = tell_all(core, session, link).await {
        tracing::warn!(%session, %error, "what the network's block list lacks could not be looked up");
    }
}

impl Core {
    /// The same in a task of its own, if the session is connected.
    pub(super) fn tell_network_soon(&self, session: &SessionId) {
        let Some(link) = self.0.keepers.link(session) else { return };
        let (core, session) = (self.clone(), session.clone());
        tokio::spawn(async move { tell_network(&core, &session, &link).await });
    }
}

async fn tell_all(core: &Core, session: &SessionId, link: &Arc<dyn Link>) -> Result<(), StoreError> {
    for row in blocked_contacts::untold(core.store().reader(), Some(session)).await? {
        let told = match row.network {
            NetworkBlock::Lifting => link.unblock(&row.block.contact).await,
            _ => link.block(&row.block.contact).await,
        };
        match told {
            Ok(()) => settle(core, row, NetworkBlock::Done).await?,
            Err(EngineError::Refused(reason)) => {
                tracing::warn!(%session, reason, "the network would not change its block list");
                settle(core, row, NetworkBlock::None).await?;
            }
            Err(error) => {
                tracing::debug!(%session, %error, "the network's block list is changed later");
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A row that waited for nothing else is done with.
async fn settle(core: &Core, row: BlockedRow, to: NetworkBlock) -> Result<(), StoreError> {
    core.store()
        .write(move |tx| {
            let row = row.clone();
            Box::pin(async move {
                match row.network {
                    NetworkBlock::Lifting => blocked_contacts::remove(tx, &row.session, &row.block.id).await,
                    _ => blocked_contacts::set_network(tx, &row, to).await,
                }
            })
        })
        .await
        .map(drop)
}
