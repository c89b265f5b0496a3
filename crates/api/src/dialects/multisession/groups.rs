//! `GET /api/sessions/{id}/groups`.

use axum::{Json, extract::State};
use serde::Serialize;
use switchboard_core::GroupView;
use switchboard_model::Jid;
use utoipa::ToSchema;

use super::MultisessionError;
use crate::http::{Api, Failure, SessionPath, Signed};

#[derive(Serialize, ToSchema)]
pub(super) struct GroupList {
    success: bool,
    #[schema(example = 1)]
    count: usize,
    groups: Vec<Group>,
}

#[derive(Serialize, ToSchema)]
struct Group {
    #[schema(value_type = String, example = "120363302171476233@g.us")]
    jid: Jid,
    #[schema(example = "Family Group")]
    name: String,
    /// The same as the description: on the network they are one text.
    topic: String,
    description: String,
    /// Empty where it is not known.
    #[schema(example = "6281381393739@s.whatsapp.net")]
    owner: String,
    #[schema(example = 8)]
    participant_count: usize,
    is_admin: bool,
    is_super_admin: bool,
}

/// List the groups a session's account is in.
#[utoipa::path(get, operation_id = "list_groups", path = "/api/sessions/{id}/groups", tag = "multisession",
    params(("id" = String, Path)), responses(
    (status = 200, body = GroupList),
    (status = 404, description = "There is no such session, or it is not connected", body = MultisessionError),
))]
pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<GroupList>, Failure> {
    let groups: Vec<Group> = api.core.groups(&caller, &id).await?.into_iter().map(Group::from).collect();
    Ok(Json(GroupList { success: true, count: groups.len(), groups }))
}

impl From<GroupView> for Group {
    fn from(view: GroupView) -> Self {
        let (is_admin, is_super_admin) = (view.is_admin(), view.is_super_admin());
        let group = view.group;
        let description = group.description.unwrap_or_default();
        Self {
            jid: group.jid,
            name: group.subject,
            topic: description.clone(),
            description,
            owner: group.owner.map(|owner| owner.jid.to_string()).unwrap_or_default(),
            participant_count: group.size,
            is_admin,
            is_super_admin,
        }
    }
}
