//! Leaving a group.

use switchboard_model::{GroupId, Jid, SessionId};

use super::about;
use crate::{Caller, Core, Error, caller::Scope};

impl Core {
    pub async fn leave_group(&self, caller: &Caller, session: &SessionId, group: &GroupId) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        link.leave_group(&Jid::Group(group.clone())).await.map_err(about(group))
    }
}
