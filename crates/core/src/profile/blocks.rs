//! The network's own block list. Whoever is on it can neither call nor write; blocks by the call rules are another list.

use std::sync::Arc;

use switchboard_model::{Jid, Party, Session, SessionId};

use super::person;
use crate::{Caller, Core, Error, caller::Scope, engine::Link};

impl Core {
    pub async fn block_list(&self, caller: &Caller, session: &SessionId) -> Result<Vec<Party>, Error> {
        let (_, link) = self.reach(caller, session, Scope::Read).await?;
        Ok(link.block_list().await?)
    }

    pub async fn block_person(&self, caller: &Caller, session: &SessionId, who: &Jid) -> Result<(), Error> {
        let (session, link) = self.reach(caller, session, Scope::Send).await?;
        Ok(link.block(&self.both_names(&session, &link, who).await?).await?)
    }

    /// One who is not on it is no error.
    pub async fn unblock_person(&self, caller: &Caller, session: &SessionId, who: &Jid) -> Result<(), Error> {
        let (session, link) = self.reach(caller, session, Scope::Send).await?;
        Ok(link.unblock(&self.both_names(&session, &link, who).await?).await?)
    }

    /// The network's list goes by LIDs: one that is not known is asked for, as other numbers are.
    async fn both_names(&self, session: &Session, link: &Arc<dyn Link>, who: &Jid) -> Result<Party, Error> {
        let party = person("contact", who)?;
        let Some(phone) = party.pn.clone() else { return Ok(party) };
        let found = self.look_up(session, link, std::slice::from_ref(&phone)).await?;
        match found.into_iter().find(|status| status.on_whatsapp) {
            Some(status) => Ok(Party::person(Some(phone), status.lid).unwrap_or(party)),
            None => Err(Error::invalid("contact", format!("{phone} is not on WhatsApp"))),
        }
    }
}
