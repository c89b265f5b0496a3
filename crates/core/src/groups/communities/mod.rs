//! Communities: groups that other groups belong to. What else is done to groups (change, invite, leave) is done to a
//! community as to any of them.

mod links;
mod members;

use std::sync::Arc;

use switchboard_model::{GroupId, GroupKind, Jid, Session, SessionId};

use super::{GroupView, about, change::check_text, read::by_name};
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{EngineError, Link, NewCommunity},
};

#[derive(Clone, Debug)]
pub struct CreateCommunity {
    pub subject: String,
    pub description: Option<String>,
    /// Whoever wants in waits for an admin.
    pub approval: bool,
    pub members_make_groups: bool,
    pub general_chat: bool,
}

/// A community, by way of the session that is in it.
struct Reached {
    session: Session,
    link: Arc<dyn Link>,
    jid: Jid,
}

impl Core {
    /// Every community that the account is in, by name.
    pub async fn communities(&self, caller: &Caller, session: &SessionId) -> Result<Vec<GroupView>, Error> {
        let (session, link) = self.reach(caller, session, Scope::Read).await?;
        Ok(by_name(link.communities().await?, &session))
    }

    /// Makes a community, with the group for its announcements.
    pub async fn create_community(
        &self,
        caller: &Caller,
        session: &SessionId,
        order: CreateCommunity,
    ) -> Result<GroupView, Error> {
        let (session, link) = self.reach(caller, session, Scope::Send).await?;
        check_text(Some(&order.subject), order.description.as_deref())?;
        Ok(GroupView::of(link.create_community(&order.into()).await?, &session))
    }

    /// Ends a community. Its groups go on without it.
    pub async fn close_community(
        &self,
        caller: &Caller,
        session: &SessionId,
        community: &GroupId,
    ) -> Result<(), Error> {
        let Reached { link, jid, .. } = self.reach_community(caller, session, Scope::Send, community).await?;
        link.close_community(&jid).await.map_err(about(community))
    }

    async fn reach_community(
        &self,
        caller: &Caller,
        session: &SessionId,
        scope: Scope,
        community: &GroupId,
    ) -> Result<Reached, Error> {
        let (session, link) = self.reach(caller, session, scope).await?;
        demand(&link, community).await?;
        Ok(Reached { session, link, jid: Jid::Group(community.clone()) })
    }
}

/// Asked for a community that is none, the network answers in many ways: so it is looked at first.
pub(super) async fn demand(link: &Arc<dyn Link>, community: &GroupId) -> Result<(), Error> {
    let jid = Jid::Group(community.clone());
    match link.group(&jid).await {
        Ok(found) if found.kind == GroupKind::Community => Ok(()),
        Ok(_) | Err(EngineError::Missing(_)) => Err(Error::not_found("community", jid.to_string())),
        Err(error) => Err(error.into()),
    }
}

impl From<CreateCommunity> for NewCommunity {
    fn from(order: CreateCommunity) -> Self {
        let CreateCommunity { subject, description, approval, members_make_groups, general_chat } = order;
        let description = description.filter(|text| !text.is_empty());
        Self { subject: subject.trim().to_owned(), description, approval, members_make_groups, general_chat }
    }
}
