//! A past for a phone: it is sent to every companion that is linked from then on.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::Net;
use super::error::Failed;
use super::number::{chat, number};
use super::request::Body;
use crate::phone::Past;

pub(super) async fn give(
    net: Net,
    Path(text): Path<String>,
    Body(mut past): Body<Past>,
) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    for told in &mut past.chats {
        told.chat = chat(&told.chat, "chat")?.to_string();
        for message in &mut told.messages {
            message.from =
                message.from.as_deref().map(|from| chat(from, "from")).transpose()?.map(|jid| jid.to_string());
        }
    }
    let State(shared) = net;
    let messages: usize = past.chats.iter().map(|chat| chat.messages.len() + chat.count).sum();
    let done = shared.commit(|world| {
        past.until = world.now_secs();
        let chats = past.chats.len();
        world.account(&number).phone.set_past(past);
        Json(json!({ "chats": chats, "messages": messages }))
    });
    Ok(done.await)
}
