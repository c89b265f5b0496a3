//! Messages that a phone sends, has and reads.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wacore_binary::Jid;
use waproto::whatsapp as wa;

use super::Net;
use super::error::Failed;
use super::number::{chat, number};
use super::request::Body;
use crate::domain::{NewsletterError, World, is_group, is_newsletter, is_status};
use crate::phone::{Along, LogMessage, Said, seal_file};

const LONGEST_WAIT: f64 = 60.0;

#[derive(Deserialize)]
pub(super) struct NewMessage {
    to: String,
    #[serde(flatten)]
    along: Along,
    /// `type` and its own fields.
    #[serde(flatten)]
    said: Map<String, Value>,
}

const FILES: [&str; 5] = ["image", "video", "audio", "document", "sticker"];

impl NewMessage {
    /// Without a `type` it is a text.
    fn said(mut self) -> Result<(Said, Along), Failed> {
        self.said.entry("type").or_insert_with(|| "text".into());
        let kind = self.said.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let said = if FILES.contains(&kind.as_str()) {
            serde_json::from_value(Value::Object(self.said)).map(|file| Said::File { kind, file })
        } else {
            serde_json::from_value(Value::Object(self.said))
        };
        let said = said.map_err(|e| Failed::bad_request(format!("the body is not what this path takes: {e}")))?;
        Ok((said, self.along))
    }
}

#[derive(Serialize)]
pub(super) struct Sent {
    id: String,
}

pub(super) async fn send(
    net: Net,
    Path(text): Path<String>,
    Body(message): Body<NewMessage>,
) -> Result<(StatusCode, Json<Sent>), Failed> {
    let number = number(&text, "number")?;
    let to = chat(&message.to, "to")?;
    let (said, mut along) = message.said()?;
    let said = match said {
        Said::File { kind, file } => {
            let sealed = seal_file(&kind, &file)?;
            net.media.put(&sealed.token, sealed.bytes.into());
            Put::File(Box::new(sealed.message))
        }
        other => Put::Said(other),
    };
    for mention in &mut along.mentions {
        *mention = chat(mention, "mentions")?.to_string();
    }
    let State(shared) = net;
    let id = shared.commit(|world| {
        let chat = chat_name(world, &number, &to, "to")?;
        may_post(world, &number, &to, &said)?;
        let now = world.now_secs();
        let account = world.account(&number);
        if !account.phone.is_online() {
            return Err(Failed::conflict("the phone is offline"));
        }
        let outgoing = match said {
            Put::Said(said) => account.phone.compose(&chat, &said, &along, now)?,
            Put::File(file) => account.phone.compose_file(&chat, *file, &along, now)?,
        };
        world.send_from_phone(&number, &outgoing)?;
        Ok(outgoing.id)
    });
    Ok((StatusCode::CREATED, Json(Sent { id: id.await? })))
}

/// A person's chat goes by the phone number, whichever name was used; a group has only members.
fn chat_name(world: &World, number: &str, to: &Jid, field: &str) -> Result<String, Failed> {
    if is_group(to) {
        world.group(to)?.demand_member(number)?;
        return Ok(to.to_string());
    }
    if is_newsletter(to) {
        world.newsletter(to)?.demand_reader(number)?;
        return Ok(to.to_string());
    }
    if is_status(to) {
        return Ok(to.to_string());
    }
    let unknown = || Failed::not_found(format!("{field}: {to} is not on WhatsApp; make a phone for it first"));
    let peer = world.number_of(to).ok_or_else(unknown)?;
    Ok(Jid::pn(peer).to_string())
}

/// Whoever reads a newsletter may react; the phones of this network post no files.
fn may_post(world: &World, number: &str, to: &Jid, put: &Put) -> Result<(), Failed> {
    if !is_newsletter(to) {
        return Ok(());
    }
    let newsletter = world.newsletter(to)?;
    match put {
        Put::Said(Said::Reaction { target, .. }) => {
            newsletter.post(target).map(drop).ok_or_else(|| NewsletterError::NoSuchPost.into())
        }
        Put::Said(_) => Ok(newsletter.demand_owner(number)?),
        Put::File(_) => Err(Failed::bad_request("type: phones of this network post no files in newsletters")),
    }
}

/// What goes into the chat; a file is on the media host by then.
enum Put {
    Said(Said),
    File(Box<wa::Message>),
}

/// The file of a message, opened as the phone's user sees it.
pub(super) async fn media(net: Net, Path((text, id)): Path<(String, String)>) -> Result<Vec<u8>, Failed> {
    let number = number(&text, "number")?;
    let State(shared) = net;
    let key = shared.with(|world| world.accounts.get(&number).and_then(|account| account.phone.file_of(&id)));
    let key = key.ok_or_else(|| Failed::not_found(format!("the phone shows no message {id} with a file")))?;
    let sealed = shared.media.get(&key.direct_path);
    let sealed = sealed.ok_or_else(|| Failed::not_found("the media host has the file no more"))?;
    Ok(key.open(&sealed)?)
}

#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    after: u64,
    /// Seconds to wait for something new.
    #[serde(default)]
    wait: f64,
}

#[derive(Serialize)]
pub(super) struct Messages {
    messages: Vec<LogMessage>,
    next: u64,
}

pub(super) async fn list(
    net: Net,
    Path(text): Path<String>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Messages>, Failed> {
    let number = number(&text, "number")?;
    let Query(Page { after, wait }) = page.map_err(|e| Failed::bad_request(e.body_text()))?;
    let State(shared) = net;
    shared.with(|world| {
        if !world.accounts.contains_key(&number) {
            world.account(&number);
        }
    });
    let wait = Duration::try_from_secs_f64(wait.clamp(0.0, LONGEST_WAIT)).unwrap_or_default();
    let mut news = shared.news();
    let found = async {
        loop {
            news.borrow_and_update();
            let page = shared.with(|world| page_of(world, &number, after));
            if !page.messages.is_empty() || news.changed().await.is_err() {
                return page;
            }
        }
    };
    let page = tokio::select! {
        found = found => found,
        () = tokio::time::sleep(wait) => shared.with(|world| page_of(world, &number, after)),
        () = shared.stopped() => shared.with(|world| page_of(world, &number, after)),
    };
    Ok(Json(page))
}

fn page_of(world: &World, number: &str, after: u64) -> Messages {
    let phone = world.accounts.get(number).map(|account| &account.phone);
    let messages: Vec<LogMessage> =
        phone.map(|phone| phone.messages_after(after).cloned().collect()).unwrap_or_default();
    let next = messages.iter().map(|message| message.seq).max().unwrap_or(after);
    Messages { messages, next }
}

#[derive(Deserialize)]
pub(super) struct Read {
    chat: String,
    /// Absent: everything in the chat.
    id: Option<String>,
}

pub(super) async fn read(net: Net, Path(text): Path<String>, Body(read): Body<Read>) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    let jid = chat(&read.chat, "chat")?;
    let State(shared) = net;
    let done = shared.commit(|world| {
        let chat = chat_name(world, &number, &jid, "chat")?;
        let account = world.account(&number);
        if !account.phone.is_online() {
            return Err(Failed::conflict("the phone is offline"));
        }
        if is_newsletter(&jid) {
            world.see_posts(&number, &jid, None)?;
        }
        let account = world.account(&number);
        let effects = account.phone.read_chat(&chat, read.id.as_deref());
        world.carry_out(&number, effects);
        Ok(Json(serde_json::json!({ "chat": chat })))
    });
    done.await
}
