//! What the network tells of a call.

use switchboard_model::{Call, CallStatus, EventBody, SessionId, Timestamp};
use switchboard_store::{StoreError, Tx, calls};

use crate::events::emit;

/// A call is logged and announced once, however often the network tells of it.
pub(crate) async fn offered(
    tx: &mut Tx,
    session: &SessionId,
    call: &Call,
    status: CallStatus,
    now: Timestamp,
) -> Result<(), StoreError> {
    if calls::insert_new(tx, session, call, status, now).await? {
        emit(tx, session, now, &EventBody::CallReceived(call.clone())).await?;
    }
    Ok(())
}

/// Moves a call forward with the event that tells of it; tells whether it moved.
pub(crate) async fn changed(
    tx: &mut Tx,
    session: &SessionId,
    id: &str,
    to: CallStatus,
    elsewhere: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(row) = calls::find(tx, session, id).await? else { return Ok(false) };
    let to = settled(row.status, to);
    if !calls::advance(tx, session, id, to).await? {
        return Ok(false);
    }
    let (id, from) = (id.to_owned(), row.call.from);
    let body = match to {
        CallStatus::Rejected => EventBody::CallRejected { id, from, elsewhere },
        status => EventBody::CallEnded { id, from, status },
    };
    emit(tx, session, now, &body).await.map(|()| true)
}

/// One that ends while it rings was missed.
fn settled(was: CallStatus, to: CallStatus) -> CallStatus {
    match (was, to) {
        (CallStatus::Ringing, CallStatus::Ended) => CallStatus::Missed,
        (CallStatus::Accepted, CallStatus::Missed) => CallStatus::Ended,
        (_, to) => to,
    }
}
