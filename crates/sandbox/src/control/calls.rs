//! Calls that a phone makes, has and answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Net;
use super::error::Failed;
use super::number::{chat, number};
use super::request::Body;
use crate::domain::{Call, CallError, NewCall, World};
use crate::network::Shared;

/// A caller gives up after this.
const RINGS: Duration = Duration::from_secs(45);

#[derive(Deserialize)]
pub(super) struct Order {
    to: String,
    #[serde(default)]
    video: bool,
    /// The group that the call is of.
    group: Option<String>,
    /// Told of without ringing, as members of large groups are.
    #[serde(default)]
    notice: bool,
}

#[derive(Serialize)]
pub(super) struct Placed {
    call_id: String,
}

pub(super) async fn place(
    net: Net,
    Path(text): Path<String>,
    Body(order): Body<Order>,
) -> Result<(StatusCode, Json<Placed>), Failed> {
    let caller = number(&text, "number")?;
    let to = chat(&order.to, "to")?;
    let group = order.group.map(|group| group.parse().map_err(|_| Failed::bad_request("group: not a JID")));
    let new = NewCall { video: order.video, group: group.transpose()?, notice: order.notice };
    let State(shared) = net;
    let call_id = shared.commit(|world| {
        let callee = world
            .number_of(&to)
            .ok_or_else(|| Failed::not_found(format!("to: {to} is not on WhatsApp; make a phone for it first")))?;
        Ok::<_, Failed>(world.place_call(&caller, &callee, &new)?)
    });
    let call_id = call_id.await?;
    tokio::spawn(give_up(shared, caller, call_id.clone()));
    Ok((StatusCode::CREATED, Json(Placed { call_id })))
}

/// Nobody answers for so long: the caller hangs up.
async fn give_up(shared: Arc<Shared>, caller: String, call_id: String) {
    tokio::select! {
        () = tokio::time::sleep(RINGS) => {}
        () = shared.stopped() => return,
    }
    shared.with(|world| {
        let call = world.accounts.get(&caller).and_then(|account| account.call(&call_id));
        if call.is_some_and(Call::is_ringing) {
            // Cannot fail: it rings.
            let _ = world.end_call(&caller, &call_id, Some("timeout"));
        }
    });
}

pub(super) async fn list(net: Net, Path(text): Path<String>) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    let calls = net.with(|world| {
        if !world.accounts.contains_key(&number) {
            world.account(&number);
        }
        world.accounts.get(&number).map(|account| account.calls.clone()).unwrap_or_default()
    });
    Ok(Json(json!({ "calls": calls })))
}

pub(super) async fn accept(net: Net, path: Path<(String, String)>) -> Result<Json<Value>, Failed> {
    change(net, path, |world, number, call_id| world.accept_call(number, call_id, None)).await
}

pub(super) async fn reject(net: Net, path: Path<(String, String)>) -> Result<Json<Value>, Failed> {
    change(net, path, |world, number, call_id| world.reject_call(number, call_id, None)).await
}

/// Either party hangs up; one that is called and has not answered rejects.
pub(super) async fn end(net: Net, path: Path<(String, String)>) -> Result<Json<Value>, Failed> {
    change(net, path, |world, number, call_id| world.end_call(number, call_id, None)).await
}

async fn change(
    net: Net,
    Path((text, call_id)): Path<(String, String)>,
    how: impl FnOnce(&mut World, &str, &str) -> Result<(), CallError>,
) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    let changed = net.commit(|world| {
        let account = world.account(&number);
        if !account.phone.is_online() {
            return Err(CallError::PhoneOffline);
        }
        how(world, &number, &call_id)?;
        Ok(world.accounts.get(&number).and_then(|account| account.call(&call_id)).cloned())
    });
    Ok(Json(json!(changed.await?)))
}
