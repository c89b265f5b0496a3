//! Groups of the engine in memory: they are as the test has put them, and change as asked. Presence is only noticed.

use async_trait::async_trait;
use switchboard_model::{Group, GroupKind, GroupSettings, Jid, Member, MemberRole, Party};

use super::super::{
    EngineError, GroupEdit, GroupLink, JoinRequest, Joined, MemberAction, MemberFate, NewGroup, PresenceLink, Typing,
};
use super::{FakeLink, FakeSession};

const FIRST: u64 = 120_363_000_000_000_000;

/// The code that leads to every group of the fake; `old` was revoked.
pub const INVITE: &str = "AbCdEfGh";

impl FakeSession {
    /// Puts a group on the network, or another in the place of its namesake.
    pub fn put_group(&self, group: Group) {
        let mut groups = self.groups();
        groups.retain(|other| other.jid != group.jid);
        groups.push(group);
    }

    pub(super) fn fresh_group(&self, from: u64) -> Result<Jid, EngineError> {
        let count = self.groups().len() as u64;
        format!("{}@g.us", from + count).parse().map_err(|error| EngineError::Other(format!("{error}")))
    }

    pub(super) fn find(&self, jid: &Jid) -> Result<Group, EngineError> {
        let found = self.groups().iter().find(|group| group.jid == *jid).cloned();
        found.ok_or_else(|| EngineError::Missing("item-not-found".to_owned()))
    }
}

#[async_trait]
impl GroupLink for FakeLink {
    async fn groups(&self) -> Result<Vec<Group>, EngineError> {
        self.online()?;
        Ok(self.session().groups().clone())
    }

    async fn group(&self, jid: &Jid) -> Result<Group, EngineError> {
        self.online()?;
        self.session().find(jid)
    }

    async fn create_group(&self, new: &NewGroup) -> Result<Group, EngineError> {
        self.online()?;
        let jid = self.session().fresh_group(FIRST)?;
        let members = new.people.iter().map(|jid| member(jid, MemberRole::Member)).collect::<Vec<_>>();
        let group = Group {
            jid,
            subject: new.subject.clone(),
            description: new.description.clone(),
            owner: None,
            created_at: None,
            size: members.len(),
            members,
            settings: GroupSettings::default(),
            kind: GroupKind::Group,
            parent: new.community.clone(),
        };
        self.session().put_group(group.clone());
        Ok(group)
    }

    async fn change_members(
        &self,
        jid: &Jid,
        action: MemberAction,
        people: &[Jid],
    ) -> Result<Vec<MemberFate>, EngineError> {
        self.online()?;
        let mut group = self.session().find(jid)?;
        for person in people {
            group.members.retain(|member| member.party.jid != *person);
            match action {
                MemberAction::Add | MemberAction::Demote | MemberAction::Approve => {
                    group.members.push(member(person, MemberRole::Member));
                }
                MemberAction::Promote => group.members.push(member(person, MemberRole::Admin)),
                MemberAction::Remove | MemberAction::Reject => {}
            }
        }
        group.size = group.members.len();
        self.session().put_group(group);
        Ok(people.iter().map(|jid| MemberFate { party: Party::from(jid.clone()), error: None }).collect())
    }

    async fn change_group(&self, jid: &Jid, edit: &GroupEdit) -> Result<(), EngineError> {
        self.online()?;
        let mut group = self.session().find(jid)?;
        match edit.clone() {
            GroupEdit::Subject(text) => group.subject = text,
            GroupEdit::Description(text) => group.description = text,
            GroupEdit::Announcement(on) => group.settings.announcement = on,
            GroupEdit::Locked(on) => group.settings.locked = on,
            GroupEdit::Approval(on) => group.settings.approval = on,
            GroupEdit::Ephemeral(seconds) => group.settings.ephemeral_seconds = seconds,
        }
        self.session().put_group(group);
        Ok(())
    }

    async fn leave_group(&self, jid: &Jid) -> Result<(), EngineError> {
        self.online()?;
        self.session().find(jid)?;
        self.session().groups().retain(|group| group.jid != *jid);
        Ok(())
    }

    async fn group_invite(&self, jid: &Jid, renew: bool) -> Result<String, EngineError> {
        self.online()?;
        self.session().find(jid)?;
        Ok(if renew { format!("{INVITE}2") } else { INVITE.to_owned() })
    }

    async fn invited_group(&self, code: &str) -> Result<Group, EngineError> {
        self.online()?;
        let first = self.session().groups().first().cloned();
        first.filter(|_| code == INVITE).ok_or_else(|| EngineError::Missing("not-acceptable".to_owned()))
    }

    async fn join_group(&self, code: &str) -> Result<Joined, EngineError> {
        let group = self.invited_group(code).await?;
        Ok(Joined { group: group.jid, waiting: group.settings.approval })
    }

    async fn group_requests(&self, jid: &Jid) -> Result<Vec<JoinRequest>, EngineError> {
        self.online()?;
        self.session().find(jid).map(|_| Vec::new())
    }
}

#[async_trait]
impl PresenceLink for FakeLink {
    async fn set_presence(&self, available: bool) -> Result<(), EngineError> {
        self.online()?;
        self.session().notice(format!("available {available}"));
        Ok(())
    }

    async fn subscribe_presence(&self, person: &Jid) -> Result<(), EngineError> {
        self.online()?;
        self.session().notice(format!("watch {person}"));
        Ok(())
    }

    async fn set_typing(&self, chat: &Jid, typing: Typing) -> Result<(), EngineError> {
        self.online()?;
        self.session().notice(format!("{typing:?} in {chat}"));
        Ok(())
    }
}

fn member(jid: &Jid, role: MemberRole) -> Member {
    Member { party: Party::from(jid.clone()), role }
}
