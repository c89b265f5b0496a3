//! Telling people that their messages were read.

use switchboard_model::{MessageId, SessionId};
use switchboard_store::messages;

use crate::{Caller, Core, Error, caller::Scope};

impl Core {
    pub async fn mark_read(&self, caller: &Caller, session: &SessionId, id: &MessageId) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        let found = messages::find(self.store().reader(), session, id).await?;
        if found.is_empty() {
            return Err(Error::not_found("message", &id.0));
        }
        let received = found.into_iter().map(|row| row.message).find(|message| !message.from_me);
        let message = received.ok_or_else(|| Error::Conflict("this account wrote the message itself".to_owned()))?;
        Ok(link.mark_read(&message.chat.jid, Some(&message.sender.jid), std::slice::from_ref(id)).await?)
    }
}
