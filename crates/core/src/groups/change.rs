//! Changing what a group is called, says and allows.

use switchboard_model::{GroupId, Jid, SessionId};

use super::{GroupView, about};
use crate::{Caller, Core, Error, caller::Scope, engine::GroupEdit};

const LONGEST_SUBJECT: usize = 100;
const LONGEST_DESCRIPTION: usize = 2048;
/// The network knows these times only: never, a day, a week, 90 days.
const EPHEMERAL: [u32; 4] = [0, 86_400, 604_800, 7_776_000];

/// What is not named stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ChangeGroup {
    pub subject: Option<String>,
    /// An empty one is taken away.
    pub description: Option<String>,
    pub announcement: Option<bool>,
    pub locked: Option<bool>,
    pub approval: Option<bool>,
    pub ephemeral_seconds: Option<u32>,
}

impl Core {
    /// Changes one thing after the other and shows the group as it is then.
    pub async fn change_group(
        &self,
        caller: &Caller,
        session: &SessionId,
        group: &GroupId,
        change: ChangeGroup,
    ) -> Result<GroupView, Error> {
        let (session, link) = self.reach(caller, session, Scope::Send).await?;
        let jid = Jid::Group(group.clone());
        for edit in change.edits()? {
            link.change_group(&jid, &edit).await.map_err(about(group))?;
        }
        Ok(GroupView::of(link.group(&jid).await.map_err(about(group))?, &session))
    }
}

impl ChangeGroup {
    fn edits(self) -> Result<Vec<GroupEdit>, Error> {
        check_text(self.subject.as_deref(), self.description.as_deref())?;
        if self.ephemeral_seconds.is_some_and(|seconds| !EPHEMERAL.contains(&seconds)) {
            return Err(Error::invalid("ephemeral_seconds", "is none of 0, 86400, 604800 and 7776000"));
        }
        let description = self.description.map(|text| Some(text).filter(|text| !text.is_empty()));
        let edits = [
            self.subject.map(|text| GroupEdit::Subject(text.trim().to_owned())),
            description.map(GroupEdit::Description),
            self.announcement.map(GroupEdit::Announcement),
            self.locked.map(GroupEdit::Locked),
            self.approval.map(GroupEdit::Approval),
            self.ephemeral_seconds.map(GroupEdit::Ephemeral),
        ];
        Ok(edits.into_iter().flatten().collect())
    }
}

pub(super) fn check_text(subject: Option<&str>, description: Option<&str>) -> Result<(), Error> {
    if subject.is_some_and(|text| text.trim().is_empty()) {
        return Err(Error::invalid("subject", "must not be empty"));
    }
    for (field, text, most) in
        [("subject", subject, LONGEST_SUBJECT), ("description", description, LONGEST_DESCRIPTION)]
    {
        let length = text.map_or(0, |text| text.chars().count());
        if length > most {
            return Err(Error::invalid(field, format!("has {length} characters, at most {most} are possible")));
        }
    }
    Ok(())
}
