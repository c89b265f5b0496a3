//! What was read here or on another device of the account.

use switchboard_model::{EventBody, Message, MessageId, SessionId, Timestamp};
use switchboard_store::{StoreError, Tx, chats, messages};

use crate::events::emit;

/// This message was read, and so was everything before it.
pub(crate) async fn read(tx: &mut Tx, message: &Message, now: Timestamp) -> Result<(), StoreError> {
    match chats::read_until(tx, &message.session, &message.chat.jid, message.timestamp).await? {
        Some(chat) => emit(tx, &message.session, now, &EventBody::ChatUpdated(chat)).await,
        None => Ok(()),
    }
}

/// Another device showed these messages of one chat.
pub(crate) async fn elsewhere(
    tx: &mut Tx,
    session: &SessionId,
    ids: &[MessageId],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut newest: Option<Message> = None;
    for id in ids {
        for row in messages::find(tx, session, id).await? {
            let later = newest.as_ref().is_none_or(|known| known.timestamp < row.message.timestamp);
            if later && !row.message.from_me {
                newest = Some(row.message);
            }
        }
    }
    match newest {
        Some(message) => read(tx, &message, now).await,
        None => Ok(()),
    }
}
