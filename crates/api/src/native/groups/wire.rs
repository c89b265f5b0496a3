//! Groups as `/v1` shows and takes them.

use serde::Serialize;
use switchboard_core::{
    Error, GroupView,
    engine::{JoinRequest as CoreRequest, MemberFate},
};
use switchboard_model::{AddressError, GroupId, Jid, Member as ModelMember};
use utoipa::ToSchema;

use crate::native::wire::{Party, time};

#[derive(Serialize, ToSchema)]
#[schema(as = Group)]
pub(super) struct Group {
    #[schema(example = "120363302171476233@g.us")]
    id: String,
    #[schema(example = "Family Group")]
    subject: String,
    description: Option<String>,
    /// Who made it.
    owner: Option<Party>,
    created_at: Option<String>,
    participant_count: usize,
    participants: Vec<Participant>,
    /// This account's own part: `member`, `admin` or `super_admin`; null if it is not in the group.
    own_role: Option<&'static str>,
    settings: GroupSettings,
    /// `group`, `community` (the parent of other groups), or what a group is to its community: `announcements` (its
    /// admins write to all) or `general` (all write).
    kind: &'static str,
    /// The community that it belongs to.
    parent: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Participant {
    #[serde(flatten)]
    party: Party,
    /// `member`, `admin` or `super_admin`.
    role: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(super) struct GroupSettings {
    /// Only admins write.
    announcement: bool,
    /// Only admins change subject and description.
    locked: bool,
    /// Who comes by link waits for an admin.
    approval: bool,
    /// Messages disappear after so many seconds; 0 for never.
    ephemeral_seconds: u32,
}

#[derive(Serialize, ToSchema)]
pub(super) struct GroupList {
    groups: Vec<Group>,
}

/// How a participant fared.
#[derive(Serialize, ToSchema)]
pub(super) struct ParticipantResult {
    #[serde(flatten)]
    party: Party,
    done: bool,
    /// The network's code when it was not done, such as `403` for people who want to be asked first.
    error: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ParticipantResults {
    participants: Vec<ParticipantResult>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct JoinRequest {
    #[serde(flatten)]
    party: Party,
    requested_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct JoinRequests {
    requests: Vec<JoinRequest>,
}

impl From<GroupView> for Group {
    fn from(view: GroupView) -> Self {
        let (own_role, group) = (view.own_role.map(switchboard_model::MemberRole::as_str), view.group);
        Self {
            id: group.jid.to_string(),
            subject: group.subject,
            description: group.description,
            owner: group.owner.map(Party::from),
            created_at: group.created_at.map(time),
            participant_count: group.size,
            participants: group.members.into_iter().map(Participant::from).collect(),
            own_role,
            settings: GroupSettings {
                announcement: group.settings.announcement,
                locked: group.settings.locked,
                approval: group.settings.approval,
                ephemeral_seconds: group.settings.ephemeral_seconds,
            },
            kind: group.kind.as_str(),
            parent: group.parent.map(|parent| parent.to_string()),
        }
    }
}

impl From<ModelMember> for Participant {
    fn from(member: ModelMember) -> Self {
        Self { party: member.party.into(), role: member.role.as_str() }
    }
}

impl From<Vec<GroupView>> for GroupList {
    fn from(views: Vec<GroupView>) -> Self {
        Self { groups: views.into_iter().map(Group::from).collect() }
    }
}

impl From<Vec<MemberFate>> for ParticipantResults {
    fn from(fates: Vec<MemberFate>) -> Self {
        let one = |fate: MemberFate| ParticipantResult {
            party: fate.party.into(),
            done: fate.error.is_none(),
            error: fate.error,
        };
        Self { participants: fates.into_iter().map(one).collect() }
    }
}

impl From<Vec<CoreRequest>> for JoinRequests {
    fn from(requests: Vec<CoreRequest>) -> Self {
        let one =
            |request: CoreRequest| JoinRequest { party: request.party.into(), requested_at: request.since.map(time) };
        Self { requests: requests.into_iter().map(one).collect() }
    }
}

/// Phone numbers and JIDs in any of the usual spellings.
pub(super) fn people(texts: &[String]) -> Result<Vec<Jid>, Error> {
    let one = |text: &String| {
        text.parse().map_err(|error: AddressError| Error::invalid("participants", format!("\"{text}\": {error}")))
    };
    texts.iter().map(one).collect()
}

/// A community named in a body.
pub(super) fn group_id(text: &str) -> Result<GroupId, Error> {
    text.parse().map_err(|error: AddressError| Error::invalid("community", format!("\"{text}\": {error}")))
}
