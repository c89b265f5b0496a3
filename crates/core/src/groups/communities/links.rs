//! Which groups belong to a community.

use std::sync::Arc;

use switchboard_model::{GroupId, GroupKind, Jid, SessionId};

use super::Reached;
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{Link, Subgroup},
    groups::{GroupView, about},
};

impl Core {
    /// The groups of a community, those too that the account is not in.
    pub async fn community_groups(
        &self,
        caller: &Caller,
        session: &SessionId,
        community: &GroupId,
    ) -> Result<Vec<Subgroup>, Error> {
        let Reached { link, jid, .. } = self.reach_community(caller, session, Scope::Read, community).await?;
        link.community_groups(&jid).await.map_err(about(community))
    }

    /// Brings a group into a community; one that is there already stays.
    pub async fn link_group(
        &self,
        caller: &Caller,
        session: &SessionId,
        community: &GroupId,
        group: &GroupId,
    ) -> Result<(), Error> {
        let Reached { link, jid, .. } = self.reach_community(caller, session, Scope::Send, community).await?;
        let wanted = Jid::Group(group.clone());
        let found = link.group(&wanted).await.map_err(about(group))?;
        match &found.parent {
            Some(parent) if *parent == jid => Ok(()),
            Some(other) => Err(Error::Conflict(format!("{wanted} belongs to the community {other}"))),
            None if found.kind == GroupKind::Community => {
                Err(Error::Conflict(format!("{wanted} is a community itself: only groups can belong to one")))
            }
            None => link.link_group(&jid, &wanted).await.map_err(about(group)),
        }
    }

    /// Takes a group out of a community. With `orphans`, those who are in none of its other groups go from the
    /// community too.
    pub async fn unlink_group(
        &self,
        caller: &Caller,
        session: &SessionId,
        community: &GroupId,
        group: &GroupId,
        orphans: bool,
    ) -> Result<(), Error> {
        let Reached { link, jid, .. } = self.reach_community(caller, session, Scope::Send, community).await?;
        let wanted = belonging(&link, &jid, group).await?;
        if wanted.kind == GroupKind::Announcements {
            let reason =
                format!("{} is for the announcements of the community and goes when that is closed", wanted.jid);
            return Err(Error::Conflict(reason));
        }
        link.unlink_group(&jid, &wanted.jid, orphans).await.map_err(about(group))
    }

    /// Comes into a group of a community that the account is in.
    pub async fn join_community_group(
        &self,
        caller: &Caller,
        session: &SessionId,
        community: &GroupId,
        group: &GroupId,
    ) -> Result<GroupView, Error> {
        let Reached { session, link, jid } = self.reach_community(caller, session, Scope::Send, community).await?;
        let wanted = belonging(&link, &jid, group).await?;
        let joined = link.join_community_group(&jid, &wanted.jid).await.map_err(about(group))?;
        Ok(GroupView::of(joined, &session))
    }
}

/// One of the groups of a community, as the community lists it.
async fn belonging(link: &Arc<dyn Link>, community: &Jid, group: &GroupId) -> Result<Subgroup, Error> {
    let wanted = Jid::Group(group.clone());
    let found = link.community_groups(community).await?.into_iter().find(|group| group.jid == wanted);
    found.ok_or_else(|| Error::not_found("group in this community:", wanted.to_string()))
}
