//! Communities through the running client.

use std::collections::HashMap;

use async_trait::async_trait;
use switchboard_core::engine::{CommunityLink, EngineError, MemberFate, NewCommunity, Subgroup};
use switchboard_model::{Group, GroupKind, Jid, Member};
use whatsapp_rust::{
    Client, CommunityError, CommunitySubgroup, CreateCommunityOptions, GroupError, IqError, Jid as EngineJid, MexError,
};

use crate::{
    convert::{complete, engine_jid, party},
    groups::{group, member, member_fate, refusal, seconds},
    link::WhatsappLink,
};

#[async_trait]
impl CommunityLink for WhatsappLink {
    async fn communities(&self) -> Result<Vec<Group>, EngineError> {
        self.online()?;
        let found = self.client.community().get_participating().await.map_err(|error| self.declined(error))?;
        let mut communities = Vec::with_capacity(found.len());
        for metadata in found.into_values() {
            communities.extend(group(&self.client, metadata).await);
        }
        Ok(communities)
    }

    async fn create_community(&self, new: &NewCommunity) -> Result<Group, EngineError> {
        self.online()?;
        let mut options = CreateCommunityOptions::new(new.subject.as_str());
        options.description.clone_from(&new.description);
        options.closed = new.approval;
        options.allow_non_admin_sub_group_creation = new.members_make_groups;
        options.create_general_chat = new.general_chat;
        let made = self.client.community().create(options).await.map_err(|error| self.declined(error))?;
        self.told(made.metadata).await
    }

    async fn close_community(&self, community: &Jid) -> Result<(), EngineError> {
        self.online()?;
        self.client.community().deactivate(engine_jid(community)).await.map_err(|error| self.declined(error))
    }

    async fn community_groups(&self, community: &Jid) -> Result<Vec<Subgroup>, EngineError> {
        self.online()?;
        let jid = engine_jid(community);
        let found = self.client.community().get_subgroups(&jid).await.map_err(|error| self.declined(error))?;
        // Another question to the network; a list without sizes is better than none.
        let sizes = self.client.community().get_subgroup_participant_counts(&jid).await.unwrap_or_default();
        let sizes: HashMap<EngineJid, u32> = sizes.into_iter().collect();
        let mut groups = Vec::with_capacity(found.len());
        for found in found {
            let size = found.participant_count.or_else(|| sizes.get(&found.id).copied());
            groups.extend(subgroup(&self.client, found, size).await);
        }
        Ok(groups)
    }

    async fn link_group(&self, community: &Jid, group: &Jid) -> Result<(), EngineError> {
        self.online()?;
        let done = self.client.community().link_subgroups(engine_jid(community), &[engine_jid(group)]).await;
        fate(&done.map_err(|error| self.declined(error))?.failed_groups)
    }

    async fn unlink_group(&self, community: &Jid, group: &Jid, orphans: bool) -> Result<(), EngineError> {
        self.online()?;
        let (jid, groups) = (engine_jid(community), [engine_jid(group)]);
        let done = self.client.community().unlink_subgroups(jid, &groups, orphans).await;
        fate(&done.map_err(|error| self.declined(error))?.failed_groups)
    }

    async fn join_community_group(&self, community: &Jid, group: &Jid) -> Result<Group, EngineError> {
        self.online()?;
        let joined = self.client.community().join_subgroup(engine_jid(community), engine_jid(group)).await;
        self.told(joined.map_err(|error| self.declined(error))?).await
    }

    async fn community_members(&self, community: &Jid) -> Result<Vec<Member>, EngineError> {
        self.online()?;
        let found = self.client.community().get_linked_groups_participants(engine_jid(community)).await;
        let mut members = Vec::new();
        for participant in found.map_err(|error| self.declined(error))? {
            members.extend(member(&self.client, &participant).await);
        }
        Ok(members)
    }

    async fn remove_from_community(&self, community: &Jid, people: &[Jid]) -> Result<Vec<MemberFate>, EngineError> {
        self.online()?;
        let people: Vec<EngineJid> = people.iter().map(engine_jid).collect();
        let fates = self.client.community().remove_participants(engine_jid(community), &people).await;
        let mut told = Vec::new();
        for fate in fates.map_err(|error| self.declined(error))? {
            told.extend(member_fate(&self.client, fate).await);
        }
        Ok(told)
    }
}

impl WhatsappLink {
    fn declined(&self, error: CommunityError) -> EngineError {
        match error {
            CommunityError::Iq(error) => self.refused(GroupError::Iq(error)),
            // What is refused in words of GraphQL comes as an answer that the engine cannot read.
            CommunityError::Mex(MexError::Request(IqError::ParseError(reason))) => no_because(&reason),
            CommunityError::Mex(MexError::Request(error)) => self.refused(GroupError::Iq(error)),
            CommunityError::Group(error) => self.refused(error),
            other => no_because(&other),
        }
    }
}

fn no_because(reason: &dyn std::fmt::Display) -> EngineError {
    EngineError::Refused(format!("the network refused: {reason}"))
}

/// Of the one group that was asked for.
fn fate(failed: &[(EngineJid, u32)]) -> Result<(), EngineError> {
    match failed.first() {
        Some((_, code)) => Err(refusal((*code).try_into().unwrap_or(u16::MAX), "that group cannot be moved")),
        None => Ok(()),
    }
}

async fn subgroup(client: &Client, found: CommunitySubgroup, size: Option<u32>) -> Option<Subgroup> {
    let kind = match (found.is_default_sub_group, found.is_general_chat) {
        (true, _) => GroupKind::Announcements,
        (_, true) => GroupKind::General,
        _ => GroupKind::Group,
    };
    let owner = match found.owner.and_then(|jid| party(&jid, None)) {
        Some(party) => Some(complete(client, party).await),
        None => None,
    };
    let jid = party(&found.id, None)?.jid;
    Some(Subgroup { jid, subject: found.subject, kind, owner, created_at: found.creation.map(seconds), size })
}
