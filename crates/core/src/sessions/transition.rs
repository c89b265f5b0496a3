//! Moving a session from one state to the next, with what must follow from it, in the caller's transaction.

use switchboard_model::{EventBody, Session, SessionId, SessionState, Timestamp};
use switchboard_store::{StoreError, Tx, auth_state, handovers, sessions};

use super::state::{Step, next};
use crate::{Core, events::emit};

/// Takes the step if it leads anywhere from here; returns the new state.
pub(crate) async fn step(
    tx: &mut Tx,
    id: &SessionId,
    step: Step,
    now: Timestamp,
) -> Result<Option<SessionState>, StoreError> {
    let Some(session) = sessions::find(tx, id).await? else { return Ok(None) };
    let Some(state) = next(&session.state, step) else { return Ok(None) };
    sessions::set_state(tx, id, &state, now).await?;
    emit(tx, id, now, &EventBody::SessionStateChanged(state.clone())).await?;
    Ok(Some(state))
}

/// The same in a transaction of its own.
pub(crate) async fn commit(core: &Core, id: &SessionId, to: Step) -> Result<Option<SessionState>, StoreError> {
    let (id, now) = (id.clone(), core.now());
    core.store()
        .write(move |tx| {
            let (id, to) = (id.clone(), to.clone());
            Box::pin(async move { step(tx, &id, to, now).await })
        })
        .await
}

/// Logs a session out: its credentials are of no more use, so the next connection begins with pairing.
pub(crate) async fn logged_out(tx: &mut Tx, id: &SessionId, reason: String, now: Timestamp) -> Result<(), StoreError> {
    // Another program goes on with these credentials: what it finds out, it tells.
    if handovers::find(tx, id).await?.is_some() {
        return Ok(());
    }
    forget_link(tx, id).await?;
    step(tx, id, Step::LogOut { reason }, now).await.map(drop)
}

/// Wipes the keys: the account is linked here no more.
pub(crate) async fn forget_link(tx: &mut Tx, id: &SessionId) -> Result<(), StoreError> {
    auth_state::wipe(tx, id).await?;
    let Some(session) = sessions::find(tx, id).await? else { return Ok(()) };
    sessions::update(tx, &Session { linked: false, ..session }).await.map(drop)
}
