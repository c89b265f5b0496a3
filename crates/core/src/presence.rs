//! Being there, typing, and hearing of others who do.

use switchboard_model::{Jid, SessionId};

use crate::{Caller, Core, Error, caller::Scope, engine::Typing};

impl Core {
    pub async fn set_presence(&self, caller: &Caller, session: &SessionId, available: bool) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        Ok(link.set_presence(available).await?)
    }

    /// Asks the network to tell when a person comes and goes.
    pub async fn subscribe_presence(&self, caller: &Caller, session: &SessionId, person: &Jid) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        match person {
            Jid::Phone(_) | Jid::Lid(_) => Ok(link.subscribe_presence(person).await?),
            other => Err(Error::invalid("person", format!("{other} is not a person"))),
        }
    }

    pub async fn set_typing(
        &self,
        caller: &Caller,
        session: &SessionId,
        chat: &Jid,
        typing: Typing,
    ) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        match chat {
            Jid::Phone(_) | Jid::Lid(_) | Jid::Group(_) => Ok(link.set_typing(chat, typing).await?),
            other => Err(Error::invalid("chat", format!("nobody types in {other}"))),
        }
    }
}
