//! What a session becomes when a phone accepts it: linked, and to whom.

use switchboard_model::{EventBody, Lid, Party, Phone, Session, SessionId, Timestamp};
use switchboard_store::{StoreError, Tx, history, outbox, sessions};

use super::{record, state::Step, transition::step};
use crate::events::emit;

const OTHER_ACCOUNT: &str = "the session was linked to another account before this message was sent";

pub(super) async fn paired(
    tx: &mut Tx,
    session: &SessionId,
    phone: Option<Phone>,
    lid: Option<Lid>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(row) = sessions::find(tx, session).await? else { return Ok(()) };
    let (before, account) = (account_of(&row), Party::person(phone.clone(), lid.clone()));
    if let (Some(before), Some(account)) = (before, &account)
        && !before.is_same_as(account)
    {
        forget_unfinished(tx, session, now).await?;
    }
    let row = Session { phone, lid, linked: true, updated_at: now, ..row };
    sessions::update(tx, &row).await?;
    step(tx, session, Step::Paired, now).await?;
    match account {
        Some(account) => emit(tx, session, now, &EventBody::SessionPaired { account }).await,
        None => Ok(()),
    }
}

/// What it was linked to last; stays known after a logout.
fn account_of(session: &Session) -> Option<Party> {
    Party::person(session.phone.clone(), session.lid.clone())
}

/// What was queued under one account must not go out from another, and the past of one is not the past of the other.
async fn forget_unfinished(tx: &mut Tx, session: &SessionId, now: Timestamp) -> Result<(), StoreError> {
    for id in outbox::clear(tx, session).await? {
        record::fail(tx, session, &id, OTHER_ACCOUNT, now).await?;
    }
    history::forget(tx, session).await
}
