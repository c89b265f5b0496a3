//! Committing what the network's complaints lead to.

use std::time::Duration;

use switchboard_model::{EventBody, Health, HealthLevel, SessionId, Timestamp};
use switchboard_store::{StoreError, Tx, session_health};

use super::rules;
use crate::{
    Core,
    engine::Fact,
    events::emit,
    sessions::{Step, step},
};

/// Takes note of a complaint, and shows a limit again when a session that has one comes online.
pub(crate) async fn observe(
    tx: &mut Tx,
    session: &SessionId,
    fact: &Fact,
    now: Timestamp,
    first_hold: Duration,
) -> Result<(), StoreError> {
    let comes_online = matches!(fact, Fact::Online { .. });
    let complains = matches!(fact, Fact::Banned { .. } | Fact::Limited { .. } | Fact::Acked { error: Some(_), .. });
    if !(comes_online || complains) {
        return Ok(());
    }
    let known = session_health::get(&*tx, session).await?;
    match rules::after(&known, fact, now, first_hold) {
        Some(health) => turn(tx, session, health, now).await,
        None if comes_online => show(tx, session, &known, now).await,
        None => Ok(()),
    }
}

async fn turn(tx: &mut Tx, session: &SessionId, health: Health, now: Timestamp) -> Result<(), StoreError> {
    session_health::put(tx, session, &health).await?;
    show(tx, session, &health, now).await?;
    emit(tx, session, now, &EventBody::SessionHealthChanged(health)).await
}

/// In the session's state, for those who look at nothing else.
async fn show(tx: &mut Tx, session: &SessionId, health: &Health, now: Timestamp) -> Result<(), StoreError> {
    let to = match health.level {
        HealthLevel::Good => Step::Release,
        HealthLevel::Slowed | HealthLevel::Held => {
            Step::Hold { until: health.until, reason: health.reason.clone().unwrap_or_default() }
        }
    };
    step(tx, session, to, now).await.map(drop)
}

impl Core {
    /// Lets limits pass whose time is over. Any replica may: the row says whether it was done.
    pub(crate) async fn recover_healths(&self) -> Result<(), StoreError> {
        let now = self.now();
        for session in session_health::due(self.store().reader(), now).await? {
            self.store()
                .write(move |tx| {
                    let session = session.clone();
                    Box::pin(async move {
                        let known = session_health::get(&*tx, &session).await?;
                        match rules::recovered(&known, now) {
                            Some(health) => turn(tx, &session, health, now).await,
                            None => Ok(()),
                        }
                    })
                })
                .await?;
        }
        Ok(())
    }
}
