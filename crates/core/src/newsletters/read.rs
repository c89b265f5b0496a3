//! Looking at newsletters.

use switchboard_model::{Jid, Newsletter, SessionId};

use super::about;
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{EngineError, NewsletterKey},
};

/// What stands before the code in a link.
const LINK: &str = "whatsapp.com/channel/";

impl Core {
    /// Every newsletter that the account runs or follows, by name.
    pub async fn newsletters(&self, caller: &Caller, session: &SessionId) -> Result<Vec<Newsletter>, Error> {
        let (_, link) = self.reach(caller, session, Scope::Read).await?;
        let mut all = link.newsletters().await?;
        all.sort_by_cached_key(|newsletter| (newsletter.name.to_lowercase(), newsletter.jid.to_string()));
        Ok(all)
    }

    pub async fn newsletter(
        &self,
        caller: &Caller,
        session: &SessionId,
        newsletter: &Jid,
    ) -> Result<Newsletter, Error> {
        let (_, link) = self.reach(caller, session, Scope::Read).await?;
        link.newsletter(&NewsletterKey::Jid(newsletter.clone())).await.map_err(about(newsletter))
    }

    /// What a link, or its code, leads to.
    pub async fn invited_newsletter(
        &self,
        caller: &Caller,
        session: &SessionId,
        invite: &str,
    ) -> Result<Newsletter, Error> {
        let (_, link) = self.reach(caller, session, Scope::Read).await?;
        let found = link.newsletter(&NewsletterKey::Invite(code(invite)?.to_owned())).await;
        found.map_err(|error| match error {
            EngineError::Missing(_) => Error::invalid("invite", "leads to no newsletter"),
            other => other.into(),
        })
    }
}

/// The code itself, of a whole link too.
fn code(invite: &str) -> Result<&str, Error> {
    let after = invite.trim().split_once(LINK).map_or(invite.trim(), |(_, code)| code);
    let code = after.split(['?', '/', '#']).next().unwrap_or_default();
    let plain = (1..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if plain { Ok(code) } else { Err(Error::invalid("invite", "is neither a newsletter's link nor its code")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_its_link() {
        for text in ["0029AbC", " 0029AbC ", "https://whatsapp.com/channel/0029AbC", "whatsapp.com/channel/0029AbC/123"]
        {
            assert_eq!(code(text).unwrap(), "0029AbC", "{text}");
        }
        for text in ["", "https://example.com/x", "a b", &"x".repeat(65)] {
            assert!(code(text).is_err(), "{text}");
        }
    }
}
