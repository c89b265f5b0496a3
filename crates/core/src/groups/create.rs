//! Making a group.

use switchboard_model::{GroupId, Jid, SessionId};

use super::{GroupView, change::check_text, communities, people};
use crate::{Caller, Core, Error, caller::Scope, engine::NewGroup};

#[derive(Clone, Debug)]
pub struct CreateGroup {
    pub subject: String,
    pub description: Option<String>,
    pub participants: Vec<Jid>,
    /// The one that it is to belong to.
    pub community: Option<GroupId>,
}

impl Core {
    pub async fn create_group(
        &self,
        caller: &Caller,
        session: &SessionId,
        order: CreateGroup,
    ) -> Result<GroupView, Error> {
        let (session, link) = self.reach(caller, session, Scope::Send).await?;
        let CreateGroup { subject, description, participants, community } = order;
        check_text(Some(&subject), description.as_deref())?;
        if participants.is_empty() {
            return Err(Error::invalid("participants", "name at least one other person"));
        }
        if let Some(community) = &community {
            communities::demand(&link, community).await.map_err(unfit)?;
        }
        people::check(&link, &participants).await?;
        let new = NewGroup {
            subject: subject.trim().to_owned(),
            description: description.filter(|text| !text.is_empty()),
            people: participants,
            community: community.map(Jid::Group),
        };
        Ok(GroupView::of(link.create_group(&new).await?, &session))
    }
}

/// A community that was named in the request, not asked for.
fn unfit(error: Error) -> Error {
    match error {
        Error::NotFound { .. } => Error::invalid("community", "is none that this account is in"),
        other => other,
    }
}
