//! Communities as the user of a phone makes and ends them. Groups come into one, and go, as a change of it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::Net;
use super::error::Failed;
use super::groups::{GroupView, jid_of, online};
use super::number::number;
use super::request::Body;
use crate::domain::Rules;

#[derive(Deserialize)]
pub(super) struct NewCommunity {
    subject: String,
    #[serde(default)]
    general_chat: bool,
    #[serde(default)]
    members_make_groups: bool,
}

pub(super) async fn create(
    net: Net,
    Path(text): Path<String>,
    Body(new): Body<NewCommunity>,
) -> Result<(StatusCode, Json<GroupView>), Failed> {
    let by = number(&text, "number")?;
    if new.subject.trim().is_empty() {
        return Err(Failed::bad_request("subject: a community needs one"));
    }
    let rules = Rules { members_found: new.members_make_groups, ..Rules::default() };
    let State(shared) = net;
    let made = shared.commit(|world| {
        online(world, &by)?;
        Ok::<_, Failed>(GroupView::of(&world.found_community(&by, &new.subject, rules, new.general_chat)))
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

pub(super) async fn close(
    net: Net,
    Path((text, community)): Path<(String, String)>,
) -> Result<Json<serde_json::Value>, Failed> {
    let by = number(&text, "number")?;
    let jid = jid_of(&community)?;
    let State(shared) = net;
    let closed = shared.commit(|world| {
        online(world, &by)?;
        world.close_community(&by, &jid).map_err(Failed::from)
    });
    closed.await?;
    Ok(Json(serde_json::json!({})))
}
