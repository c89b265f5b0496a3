//! What the user of a phone decides about chats: archived, pinned, silent, read, starred, called something, labelled.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::Net;
use super::error::Failed;
use super::number::{chat, number};
use super::request::Body;
use crate::phone::{ChatDecision, LabelDecision};

pub(super) async fn decide(
    net: Net,
    Path(text): Path<String>,
    Body(mut decision): Body<ChatDecision>,
) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    decision.chat = chat(&decision.chat, "chat")?.to_string();
    let State(shared) = net;
    let done = shared.commit(|world| {
        if !world.account(&number).phone.is_online() {
            return Err(Failed::conflict("the phone is offline"));
        }
        world.share_decision(&number, &decision);
        Ok(Json(json!({ "chat": decision.chat })))
    });
    done.await
}

pub(super) async fn label(
    net: Net,
    Path(text): Path<String>,
    Body(decision): Body<LabelDecision>,
) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    let State(shared) = net;
    let done = shared.commit(|world| {
        if !world.account(&number).phone.is_online() {
            return Err(Failed::conflict("the phone is offline"));
        }
        world.share_decision(&number, &decision);
        Ok(Json(json!({ "label": decision.id })))
    });
    done.await
}

/// Every record of the account's collections, as the phone reads it.
pub(super) async fn decided(net: Net, Path(text): Path<String>) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    Ok(net.with(|world| Json(json!({ "collections": world.decisions(&number) }))))
}
