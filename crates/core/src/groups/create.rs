//! Making a group.

use switchboard_model::{Jid, SessionId};

use super::{GroupView, change::check_text, people};
use crate::{Caller, Core, Error, caller::Scope, engine::NewGroup};

#[derive(Clone, Debug)]
pub struct CreateGroup {
    pub subject: String,
    pub description: Option<String>,
    pub participants: Vec<Jid>,
}

impl Core {
    pub async fn create_group(
        &self,
        caller: &Caller,
        session: &SessionId,
        order: CreateGroup,
    ) -> Result<GroupView, Error> {
        let (session, link) = self.reach(caller, session, Scope::Send).await?;
        let CreateGroup { subject, description, participants } = order;
        check_text(Some(&subject), description.as_deref())?;
        if participants.is_empty() {
            return Err(Error::invalid("participants", "name at least one other person"));
        }
        people::check(&link, &participants).await?;
        let new = NewGroup {
            subject: subject.trim().to_owned(),
            description: description.filter(|text| !text.is_empty()),
            people: participants,
        };
        Ok(GroupView::of(link.create_group(&new).await?, &session))
    }
}
