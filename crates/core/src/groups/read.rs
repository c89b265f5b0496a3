//! Looking at groups.

use switchboard_model::{Group, GroupId, Jid, MemberRole, Session, SessionId};

use super::{about, own_party};
use crate::{Caller, Core, Error, caller::Scope};

/// A group, and what this account is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupView {
    pub group: Group,
    pub own_role: Option<MemberRole>,
}

impl GroupView {
    pub(super) fn of(group: Group, session: &Session) -> Self {
        let own_role = own_party(session).and_then(|own| group.role_of(&own));
        Self { group, own_role }
    }

    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.own_role.is_some_and(MemberRole::is_admin)
    }

    #[must_use]
    pub fn is_super_admin(&self) -> bool {
        self.own_role == Some(MemberRole::SuperAdmin)
    }
}

impl Core {
    /// Every group that the account is in, by name.
    pub async fn groups(&self, caller: &Caller, session: &SessionId) -> Result<Vec<GroupView>, Error> {
        let (session, link) = self.reach(caller, session, Scope::Read).await?;
        Ok(by_name(link.groups().await?, &session))
    }

    pub async fn group(&self, caller: &Caller, session: &SessionId, group: &GroupId) -> Result<GroupView, Error> {
        let (session, link) = self.reach(caller, session, Scope::Read).await?;
        let found = link.group(&Jid::Group(group.clone())).await.map_err(about(group))?;
        Ok(GroupView::of(found, &session))
    }
}

pub(super) fn by_name(groups: Vec<Group>, session: &Session) -> Vec<GroupView> {
    let mut views: Vec<GroupView> = groups.into_iter().map(|group| GroupView::of(group, session)).collect();
    views.sort_by_cached_key(|view| (view.group.subject.to_lowercase(), view.group.jid.to_string()));
    views
}
