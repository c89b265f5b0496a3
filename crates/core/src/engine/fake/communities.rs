//! Communities of the engine in memory.

use async_trait::async_trait;
use switchboard_model::{Group, GroupKind, GroupSettings, Jid, Member, Party};

use super::super::{CommunityLink, EngineError, GroupLink, MemberAction, MemberFate, NewCommunity, Subgroup};
use super::{FakeLink, FakeSession};

/// Away from the groups that stand alone.
const FIRST: u64 = 120_363_900_000_000_000;

impl FakeSession {
    fn found(&self, new: &NewCommunity, kind: GroupKind, parent: Option<&Jid>) -> Result<Group, EngineError> {
        let group = Group {
            jid: self.fresh_group(FIRST)?,
            subject: new.subject.clone(),
            description: new.description.clone(),
            owner: None,
            created_at: None,
            members: Vec::new(),
            size: 0,
            settings: GroupSettings { announcement: kind == GroupKind::Announcements, ..GroupSettings::default() },
            kind,
            parent: parent.cloned(),
        };
        self.put_group(group.clone());
        Ok(group)
    }

    fn groups_in(&self, community: &Jid) -> Vec<Group> {
        self.groups().iter().filter(|group| group.parent.as_ref() == Some(community)).cloned().collect()
    }

    fn put_in(&self, group: &Jid, parent: Option<&Jid>) -> Result<(), EngineError> {
        let group = self.find(group)?;
        self.put_group(Group { parent: parent.cloned(), ..group });
        Ok(())
    }
}

#[async_trait]
impl CommunityLink for FakeLink {
    async fn communities(&self) -> Result<Vec<Group>, EngineError> {
        let groups = self.groups().await?.into_iter();
        Ok(groups.filter(|group| group.kind == GroupKind::Community).collect())
    }

    async fn create_community(&self, new: &NewCommunity) -> Result<Group, EngineError> {
        self.online()?;
        let session = self.session();
        let community = session.found(new, GroupKind::Community, None)?;
        session.found(new, GroupKind::Announcements, Some(&community.jid))?;
        if new.general_chat {
            session.found(new, GroupKind::General, Some(&community.jid))?;
        }
        Ok(community)
    }

    async fn close_community(&self, community: &Jid) -> Result<(), EngineError> {
        self.online()?;
        let session = self.session();
        for group in session.groups_in(community) {
            match group.kind {
                GroupKind::Announcements => session.groups().retain(|other| other.jid != group.jid),
                _ => session.put_in(&group.jid, None)?,
            }
        }
        session.groups().retain(|group| group.jid != *community);
        Ok(())
    }

    async fn community_groups(&self, community: &Jid) -> Result<Vec<Subgroup>, EngineError> {
        self.online()?;
        let one = |group: Group| Subgroup {
            jid: group.jid,
            subject: group.subject,
            kind: group.kind,
            owner: group.owner,
            created_at: group.created_at,
            size: group.size.try_into().ok(),
        };
        Ok(self.session().groups_in(community).into_iter().map(one).collect())
    }

    async fn link_group(&self, community: &Jid, group: &Jid) -> Result<(), EngineError> {
        self.online()?;
        self.session().put_in(group, Some(community))
    }

    async fn unlink_group(&self, community: &Jid, group: &Jid, orphans: bool) -> Result<(), EngineError> {
        self.online()?;
        self.session().notice(format!("unlink {group} from {community}, orphans {orphans}"));
        self.session().put_in(group, None)
    }

    async fn join_community_group(&self, _community: &Jid, group: &Jid) -> Result<Group, EngineError> {
        self.online()?;
        self.session().find(group)
    }

    async fn community_members(&self, community: &Jid) -> Result<Vec<Member>, EngineError> {
        self.online()?;
        let groups = self.session().groups_in(community);
        let mut members: Vec<Member> = Vec::new();
        for member in groups.into_iter().flat_map(|group| group.members) {
            if !members.iter().any(|known| known.party.is_same_person(&member.party)) {
                members.push(member);
            }
        }
        Ok(members)
    }

    async fn remove_from_community(&self, community: &Jid, people: &[Jid]) -> Result<Vec<MemberFate>, EngineError> {
        for group in self.session().groups_in(community) {
            self.change_members(&group.jid, MemberAction::Remove, people).await?;
        }
        Ok(people.iter().map(|jid| MemberFate { party: Party::from(jid.clone()), error: None }).collect())
    }
}
