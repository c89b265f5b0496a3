//! Communities as `/v1` shows them.

use serde::Serialize;
use switchboard_core::{GroupView, engine::Subgroup};
use switchboard_model::Member;
use utoipa::ToSchema;

use crate::native::{
    groups::wire::{Group, Participant},
    wire::{Party, time},
};

#[derive(Serialize, ToSchema)]
pub(super) struct CommunityList {
    communities: Vec<Group>,
}

/// A group of a community, as far as its community tells: the account need not be in it.
#[derive(Serialize, ToSchema)]
pub(super) struct CommunityGroup {
    #[schema(example = "120363302171476233@g.us")]
    id: String,
    subject: String,
    /// `announcements`, `general` or `group`.
    kind: &'static str,
    /// Who made it, if the network tells.
    owner: Option<Party>,
    created_at: Option<String>,
    /// If the network tells.
    participant_count: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CommunityGroups {
    groups: Vec<CommunityGroup>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CommunityParticipants {
    participants: Vec<Participant>,
}

impl From<Vec<GroupView>> for CommunityList {
    fn from(views: Vec<GroupView>) -> Self {
        Self { communities: views.into_iter().map(Group::from).collect() }
    }
}

impl From<Vec<Subgroup>> for CommunityGroups {
    fn from(groups: Vec<Subgroup>) -> Self {
        let one = |group: Subgroup| CommunityGroup {
            id: group.jid.to_string(),
            subject: group.subject,
            kind: group.kind.as_str(),
            owner: group.owner.map(Party::from),
            created_at: group.created_at.map(time),
            participant_count: group.size,
        };
        Self { groups: groups.into_iter().map(one).collect() }
    }
}

impl From<Vec<Member>> for CommunityParticipants {
    fn from(members: Vec<Member>) -> Self {
        Self { participants: members.into_iter().map(Participant::from).collect() }
    }
}
