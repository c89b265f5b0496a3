//! `GET /api/sessions/{id}/groups`.

use axum::{Json, extract::State};
use serde_json::{Value, json};
use switchboard_core::GroupView;

use crate::http::{Api, Failure, SessionPath, Signed};

pub(super) async fn list(
    State(api): State<Api>,
    Signed(caller): Signed,
    SessionPath(id): SessionPath,
) -> Result<Json<Value>, Failure> {
    let groups: Vec<Value> = api.core.groups(&caller, &id).await?.iter().map(shown).collect();
    Ok(Json(json!({ "success": true, "count": groups.len(), "groups": groups })))
}

/// The document has a topic and a description; on the network they are one text.
fn shown(view: &GroupView) -> Value {
    let group = &view.group;
    let description = group.description.as_deref().unwrap_or_default();
    json!({
        "jid": group.jid,
        "name": group.subject,
        "topic": description,
        "description": description,
        "owner": group.owner.as_ref().map(|owner| owner.jid.to_string()).unwrap_or_default(),
        "participant_count": group.size,
        "is_admin": view.is_admin(),
        "is_super_admin": view.is_super_admin(),
    })
}
