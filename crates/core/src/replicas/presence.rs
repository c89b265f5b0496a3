//! The sign of life of this gateway, and what it sees of the others.

use std::{collections::HashMap, time::Duration};

use switchboard_model::SessionId;
use switchboard_store::{
    StoreError,
    gateways::{self, GatewayRow},
};

use super::Shares;
use crate::Core;

/// A gateway that was silent for so long has been taken down.
pub(crate) const GONE: Duration = Duration::from_secs(24 * 3600);

/// What there is beside this gateway.
pub(crate) struct Others {
    living: Vec<GatewayRow>,
    held: HashMap<SessionId, String>,
    own: String,
}

impl Others {
    pub(crate) fn is_held_elsewhere(&self, session: &SessionId) -> bool {
        self.held.get(session).is_some_and(|holder| *holder != self.own)
    }

    /// Ours, from before a restart.
    pub(crate) fn is_ours(&self, session: &SessionId) -> bool {
        self.held.get(session).is_some_and(|holder| *holder == self.own)
    }

    pub(crate) fn shares(&self, wanted: usize) -> Shares {
        if self.living.is_empty() { Shares::ALL } else { Shares::of(wanted, &self.own, &self.living) }
    }
}

impl Core {
    pub(crate) async fn look_at_others(&self) -> Result<Others, StoreError> {
        let (db, settings) = (self.store().reader(), self.settings());
        let living = if settings.among_others { gateways::living(db, settings.lease.lasts).await? } else { Vec::new() };
        Ok(Others { living, held: gateways::held(db).await?, own: settings.instance.clone() })
    }

    /// This gateway, as the others should see it.
    pub(crate) fn own_row(&self) -> GatewayRow {
        let sessions = i64::try_from(self.0.keepers.all().len()).unwrap_or(i64::MAX);
        GatewayRow { id: self.settings().instance.clone(), address: self.settings().address.clone(), sessions }
    }

    /// The others need not wait for this one to be missed.
    pub(crate) async fn take_leave(&self) -> Result<(), StoreError> {
        let id = self.settings().instance.clone();
        let write = self.store().write(move |tx| {
            let id = id.clone();
            Box::pin(async move { gateways::remove(tx, &id).await })
        });
        write.await
    }
}
