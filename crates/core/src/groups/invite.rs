//! Invitations by link.

use switchboard_model::{GroupId, Jid, SessionId};

use super::{GroupView, about};
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{EngineError, Joined},
};

/// What stands before the code in a link.
const LINK: &str = "chat.whatsapp.com/";

impl Core {
    /// The code of a group's link. With `renew` there is a new one, and the old one is worth nothing any more.
    pub async fn group_invite(
        &self,
        caller: &Caller,
        session: &SessionId,
        group: &GroupId,
        renew: bool,
    ) -> Result<String, Error> {
        let scope = if renew { Scope::Send } else { Scope::Read };
        let (_, link) = self.reach(caller, session, scope).await?;
        link.group_invite(&Jid::Group(group.clone()), renew).await.map_err(about(group))
    }

    /// What an invitation leads to, before it is taken up.
    pub async fn invited_group(&self, caller: &Caller, session: &SessionId, invite: &str) -> Result<GroupView, Error> {
        let (session, link) = self.reach(caller, session, Scope::Read).await?;
        let found = link.invited_group(code(invite)?).await.map_err(worthless)?;
        Ok(GroupView::of(found, &session))
    }

    /// Joins by link or code.
    pub async fn join_group(&self, caller: &Caller, session: &SessionId, invite: &str) -> Result<Joined, Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        link.join_group(code(invite)?).await.map_err(worthless)
    }
}

/// The code itself, of a whole link too.
fn code(invite: &str) -> Result<&str, Error> {
    let after = invite.trim().split_once(LINK).map_or(invite.trim(), |(_, code)| code);
    let code = after.split(['?', '/', '#']).next().unwrap_or_default();
    let plain = (1..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if plain { Ok(code) } else { Err(Error::invalid("invite", "is neither an invitation link nor its code")) }
}

fn worthless(error: EngineError) -> Error {
    match error {
        EngineError::Missing(_) => Error::invalid("invite", "leads to no group: it may have been revoked"),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_its_link() {
        for text in ["AbC123", " AbC123 ", "https://chat.whatsapp.com/AbC123", "chat.whatsapp.com/AbC123?mode=x"] {
            assert_eq!(code(text).unwrap(), "AbC123", "{text}");
        }
        for text in ["", "https://example.com/x", "a b", &"x".repeat(65)] {
            assert!(code(text).is_err(), "{text}");
        }
    }
}
