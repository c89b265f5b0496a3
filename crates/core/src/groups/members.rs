//! Who is in a group and who runs it.

use switchboard_model::{GroupId, Jid, SessionId};

use super::{about, people};
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{JoinRequest, MemberAction, MemberFate},
};

impl Core {
    /// Adds, removes, promotes or demotes people, or decides on those who asked to join; tells how each fared.
    pub async fn change_group_members(
        &self,
        caller: &Caller,
        session: &SessionId,
        group: &GroupId,
        action: MemberAction,
        participants: Vec<Jid>,
    ) -> Result<Vec<MemberFate>, Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        if participants.is_empty() {
            return Err(Error::invalid("participants", "name at least one person"));
        }
        if action == MemberAction::Add {
            people::check(&link, &participants).await?;
        }
        people::check_shape(&participants)?;
        link.change_members(&Jid::Group(group.clone()), action, &participants).await.map_err(about(group))
    }

    /// Who waits for an admin to be let in.
    pub async fn group_requests(
        &self,
        caller: &Caller,
        session: &SessionId,
        group: &GroupId,
    ) -> Result<Vec<JoinRequest>, Error> {
        let (_, link) = self.reach(caller, session, Scope::Read).await?;
        link.group_requests(&Jid::Group(group.clone())).await.map_err(about(group))
    }
}
