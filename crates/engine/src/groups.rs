//! Groups through the running client.

use async_trait::async_trait;
use switchboard_core::engine::{
    EngineError, GroupEdit, GroupLink, JoinRequest, Joined, MemberAction, MemberFate, NewGroup,
};
use switchboard_model::{Group, GroupKind, GroupSettings, Jid, Member, MemberRole, Party, Timestamp};
use wacore::iq::groups::{
    GroupCreateOptions, GroupDescription, GroupParticipantOptions, GroupSubject, JoinGroupResult,
    MembershipApprovalMode, ParticipantChangeResponse, ParticipantType,
};
use whatsapp_rust::{
    Client, GroupError, GroupMetadata, GroupParticipant, GroupType, IqError, Jid as EngineJid, PreviousDescription,
    group_type,
};

use crate::{
    convert::{complete, engine_jid, party},
    link::WhatsappLink,
};

#[async_trait]
impl GroupLink for WhatsappLink {
    async fn groups(&self) -> Result<Vec<Group>, EngineError> {
        self.online()?;
        let found = self.client.groups().get_participating().await.map_err(|error| self.refused(error))?;
        let mut groups = Vec::with_capacity(found.len());
        for metadata in found.into_values() {
            groups.extend(group(&self.client, metadata).await);
        }
        Ok(groups)
    }

    async fn group(&self, jid: &Jid) -> Result<Group, EngineError> {
        self.online()?;
        let found = self.client.groups().get_metadata(&engine_jid(jid)).await.map_err(|error| self.refused(error))?;
        self.told(found).await
    }

    async fn create_group(&self, new: &NewGroup) -> Result<Group, EngineError> {
        self.online()?;
        let people = new.people.iter().map(|jid| GroupParticipantOptions::new(engine_jid(jid))).collect();
        let mut options = GroupCreateOptions::new(new.subject.as_str()).with_participants(people);
        // Checked by length before; what the engine refuses all the same is refused by it here.
        options.linked_parent = new.community.as_ref().map(engine_jid);
        options.description = new.description.clone().map(GroupDescription::new).transpose().map_err(unfit)?;
        let made = self.client.groups().create_group(options).await.map_err(|error| self.refused(error))?;
        self.told(made.metadata).await
    }

    async fn change_members(
        &self,
        jid: &Jid,
        action: MemberAction,
        people: &[Jid],
    ) -> Result<Vec<MemberFate>, EngineError> {
        self.online()?;
        let (groups, jid) = (self.client.groups(), engine_jid(jid));
        let people: Vec<EngineJid> = people.iter().map(engine_jid).collect();
        let fates = match action {
            MemberAction::Add => groups.add_participants(&jid, &people).await,
            MemberAction::Remove => groups.remove_participants(&jid, &people).await,
            MemberAction::Promote => groups.promote_participants(&jid, &people).await,
            MemberAction::Demote => groups.demote_participants(&jid, &people).await,
            MemberAction::Approve => groups.approve_membership_requests(&jid, &people).await,
            MemberAction::Reject => groups.reject_membership_requests(&jid, &people).await,
        };
        let mut told = Vec::new();
        for fate in fates.map_err(|error| self.refused(error))? {
            told.extend(member_fate(&self.client, fate).await);
        }
        Ok(told)
    }

    async fn change_group(&self, jid: &Jid, edit: &GroupEdit) -> Result<(), EngineError> {
        self.online()?;
        let (groups, jid) = (self.client.groups(), engine_jid(jid));
        let done = match edit {
            GroupEdit::Subject(text) => {
                groups.set_subject(&jid, GroupSubject::new(text.as_str()).map_err(unfit)?).await
            }
            GroupEdit::Description(text) => {
                let text = text.as_deref().map(GroupDescription::new).transpose().map_err(unfit)?;
                groups.set_description(&jid, text, PreviousDescription::Resolve).await
            }
            GroupEdit::Announcement(on) => groups.set_announce(&jid, *on).await,
            GroupEdit::Locked(on) => groups.set_locked(&jid, *on).await,
            GroupEdit::Approval(on) => {
                let mode = if *on { MembershipApprovalMode::On } else { MembershipApprovalMode::Off };
                groups.set_membership_approval(&jid, mode).await
            }
            GroupEdit::Ephemeral(seconds) => groups.set_ephemeral(&jid, *seconds).await,
        };
        done.map_err(|error| self.refused(error))
    }

    async fn leave_group(&self, jid: &Jid) -> Result<(), EngineError> {
        self.online()?;
        self.client.groups().leave(&engine_jid(jid)).await.map_err(|error| self.refused(error))
    }

    async fn group_invite(&self, jid: &Jid, renew: bool) -> Result<String, EngineError> {
        self.online()?;
        let link = self.client.groups().get_invite_link(&engine_jid(jid), renew).await;
        let link = link.map_err(|error| self.refused(error))?;
        Ok(link.rsplit('/').next().unwrap_or_default().to_owned())
    }

    async fn invited_group(&self, code: &str) -> Result<Group, EngineError> {
        self.online()?;
        let found = self.client.groups().get_invite_info(code).await.map_err(|error| self.refused(error))?;
        self.told(found).await
    }

    async fn join_group(&self, code: &str) -> Result<Joined, EngineError> {
        self.online()?;
        let joined = self.client.groups().join_with_invite_code(code).await.map_err(|error| self.refused(error))?;
        let waiting = matches!(joined, JoinGroupResult::PendingApproval(_));
        let group = party(joined.group_jid(), None).ok_or_else(unnamed)?.jid;
        Ok(Joined { group, waiting })
    }

    async fn group_requests(&self, jid: &Jid) -> Result<Vec<JoinRequest>, EngineError> {
        self.online()?;
        let found = self.client.groups().get_membership_requests(&engine_jid(jid)).await;
        let mut requests = Vec::new();
        for request in found.map_err(|error| self.refused(error))? {
            let Some(party) = party(&request.jid, None) else { continue };
            let since = request.request_time.map(seconds);
            requests.push(JoinRequest { party: complete(&self.client, party).await, since });
        }
        Ok(requests)
    }
}

impl WhatsappLink {
    pub(crate) async fn told(&self, metadata: GroupMetadata) -> Result<Group, EngineError> {
        group(&self.client, metadata).await.ok_or_else(unnamed)
    }

    pub(crate) fn refused(&self, error: GroupError) -> EngineError {
        match error {
            GroupError::Iq(IqError::ServerError { code, text, .. }) => refusal(code, &text),
            GroupError::InvalidRequest(reason) => unfit(reason),
            GroupError::DescriptionConflict => {
                EngineError::Refused("the description was changed by somebody else meanwhile: try again".to_owned())
            }
            other => self.failed(other.to_string()),
        }
    }
}

/// The network's codes, in words.
pub(crate) fn refusal(code: u16, text: &str) -> EngineError {
    match code {
        401 => EngineError::NotAllowed("only admins of the group may do that".to_owned()),
        403 => EngineError::NotAllowed("this account is not in the group".to_owned()),
        404 | 406 | 410 => EngineError::Missing(text.to_owned()),
        _ => EngineError::Refused(format!("the network refused: {text} (error {code})")),
    }
}

fn unfit(error: impl std::fmt::Display) -> EngineError {
    EngineError::Refused(format!("the network cannot be asked that: {error}"))
}

fn unnamed() -> EngineError {
    EngineError::Other("the network named a group in a way that is not known here".to_owned())
}

pub(crate) async fn group(client: &Client, metadata: GroupMetadata) -> Option<Group> {
    let jid = party(&metadata.id, None)?.jid;
    let owner = match &metadata.creator {
        Some(creator) => Some(complete(client, party(creator, metadata.creator_pn.as_ref())?).await),
        None => None,
    };
    let mut members = Vec::with_capacity(metadata.participants.len());
    for participant in &metadata.participants {
        members.extend(member(client, participant).await);
    }
    let settings = GroupSettings {
        announcement: metadata.is_announcement,
        locked: metadata.is_locked,
        approval: metadata.membership_approval,
        ephemeral_seconds: metadata.ephemeral.and_then(|ephemeral| ephemeral.expiration).unwrap_or(0),
    };
    let (kind, parent) = place(&metadata);
    Some(Group {
        jid,
        subject: metadata.subject,
        description: metadata.description.filter(|text| !text.is_empty()),
        owner,
        created_at: metadata.creation_time.map(seconds),
        size: metadata.size.and_then(|size| size.try_into().ok()).unwrap_or(members.len()),
        members,
        settings,
        kind,
        parent,
    })
}

/// Where a group stands among communities.
fn place(metadata: &GroupMetadata) -> (GroupKind, Option<Jid>) {
    let kind = match group_type(metadata) {
        GroupType::Community => GroupKind::Community,
        GroupType::LinkedAnnouncementGroup => GroupKind::Announcements,
        GroupType::LinkedGeneralGroup => GroupKind::General,
        _ => GroupKind::Group,
    };
    let parent = metadata.parent_group_jid.as_ref().and_then(|jid| party(jid, None));
    (kind, parent.map(|party| party.jid))
}

pub(crate) async fn member(client: &Client, participant: &GroupParticipant) -> Option<Member> {
    let other = participant.phone_number.as_ref().or(participant.lid.as_ref());
    let party = complete(client, party(&participant.jid, other)?).await;
    let role = match participant.participant_type {
        ParticipantType::SuperAdmin => MemberRole::SuperAdmin,
        ParticipantType::Admin => MemberRole::Admin,
        _ => MemberRole::Member,
    };
    Some(Member { party, role })
}

pub(crate) async fn member_fate(client: &Client, fate: ParticipantChangeResponse) -> Option<MemberFate> {
    let party: Party = complete(client, party(&fate.jid, fate.phone_number.as_ref())?).await;
    Some(MemberFate { party, error: fate.error })
}

pub(crate) fn seconds(at: u64) -> Timestamp {
    Timestamp::from_secs(i64::try_from(at).unwrap_or_default())
}
