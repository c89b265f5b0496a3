//! Being there and typing, as the user of a phone does and sees it.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};
use wacore_binary::Jid;

use super::Net;
use super::error::Failed;
use super::number::{chat, number};
use super::request::Body;
use crate::domain::{Mood, is_group};

#[derive(Deserialize)]
pub(super) struct Shown {
    state: Mood,
    /// Where it types; not for coming and going.
    chat: Option<String>,
}

pub(super) async fn show(net: Net, Path(text): Path<String>, Body(shown): Body<Shown>) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    let coming = matches!(shown.state, Mood::Available | Mood::Unavailable);
    let to = match &shown.chat {
        Some(to) if !coming => Some(chat(to, "chat")?),
        None if !coming => return Err(Failed::bad_request("chat: where is it typed?")),
        _ => None,
    };
    let State(shared) = net;
    shared.with(|world| {
        world.account(&number);
        let Some(to) = to else {
            world.show_presence(&number, shown.state);
            return Ok(Json(json!({})));
        };
        let unknown = || Failed::not_found(format!("chat: {to} is not on WhatsApp"));
        let chat = if is_group(&to) { to.clone() } else { Jid::pn(world.number_of(&to).ok_or_else(unknown)?) };
        world.show_typing(&number, &chat, shown.state);
        Ok(Json(json!({})))
    })
}

/// Whether the account is shown as there, and whom the phone saw typing.
pub(super) async fn sights(net: Net, Path(text): Path<String>) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    Ok(net.with(|world| Json(json!({ "available": world.is_present(&number), "seen": world.sights_of(&number) }))))
}
