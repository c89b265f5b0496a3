//! Following newsletters, and following them no more.

use switchboard_model::{Jid, Newsletter, Party, SessionId};
use switchboard_store::chats;

use super::about;
use crate::{Caller, Core, Error, caller::Scope, engine::NewsletterKey};

impl Core {
    /// From now on its posts come in. Its chat is there at once, under its name.
    pub async fn follow_newsletter(
        &self,
        caller: &Caller,
        session: &SessionId,
        newsletter: &Jid,
    ) -> Result<Newsletter, Error> {
        let (session, link) = self.reach(caller, session, Scope::Send).await?;
        link.follow_newsletter(newsletter).await.map_err(about(newsletter))?;
        let followed = link.newsletter(&NewsletterKey::Jid(newsletter.clone())).await.map_err(about(newsletter))?;
        self.name_newsletter(&session.id, &followed).await?;
        Ok(followed)
    }

    pub async fn unfollow_newsletter(
        &self,
        caller: &Caller,
        session: &SessionId,
        newsletter: &Jid,
    ) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        link.unfollow_newsletter(newsletter).await.map_err(about(newsletter))
    }

    /// Posts do not say what their newsletter is called.
    pub(super) async fn name_newsletter(&self, session: &SessionId, newsletter: &Newsletter) -> Result<(), Error> {
        let (session, chat, name) = (session.clone(), Party::from(newsletter.jid.clone()), newsletter.name.clone());
        let named = self.store().write(move |tx| {
            let (session, chat, name) = (session.clone(), chat.clone(), name.clone());
            Box::pin(async move { chats::named(tx, &session, &chat, &name, false).await })
        });
        Ok(named.await?)
    }
}
