//! Who is in a community.

use switchboard_model::{GroupId, Jid, Member, SessionId};

use super::Reached;
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::MemberFate,
    groups::{about, people},
};

impl Core {
    /// Everybody in a community and in its groups.
    pub async fn community_members(
        &self,
        caller: &Caller,
        session: &SessionId,
        community: &GroupId,
    ) -> Result<Vec<Member>, Error> {
        let Reached { link, jid, .. } = self.reach_community(caller, session, Scope::Read, community).await?;
        link.community_members(&jid).await.map_err(about(community))
    }

    /// Removes people from a community and all its groups; tells how each fared.
    pub async fn remove_from_community(
        &self,
        caller: &Caller,
        session: &SessionId,
        community: &GroupId,
        participants: &[Jid],
    ) -> Result<Vec<MemberFate>, Error> {
        let Reached { link, jid, .. } = self.reach_community(caller, session, Scope::Send, community).await?;
        if participants.is_empty() {
            return Err(Error::invalid("participants", "name at least one person"));
        }
        people::check_shape(participants)?;
        link.remove_from_community(&jid, participants).await.map_err(about(community))
    }
}
