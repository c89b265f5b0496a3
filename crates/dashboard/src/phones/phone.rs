//! One phone: what it has said and heard, and what a person can do with it.

use askama::Template;
use axum::{extract::Path, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_api::http::{Failure, QueryOf};
use switchboard_model::Timestamp;

use super::network;
use crate::{
    answer::{Answer, html},
    form::FormOf,
    frame::Frame,
    text::{Text, fill},
    toast,
    visitor::{Member, Visitor},
};

/// As many as a person reads at once.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "phones/phone.html")]
struct Page {
    frame: Frame,
    number: String,
    handset: Handset,
}

/// The phone itself, wherever it is shown.
#[derive(Template)]
#[template(path = "phones/handset.html")]
struct Handset {
    t: &'static Text,
    number: String,
    /// Whom it is about to write to.
    to: String,
    messages: Messages,
}

/// The phone on a page that is about something else.
#[derive(Template)]
#[template(path = "phones/beside.html")]
struct Beside {
    handset: Handset,
}

#[derive(Template)]
#[template(path = "phones/messages.html")]
struct Messages {
    t: &'static Text,
    number: String,
    messages: Vec<Message>,
}

struct Message {
    from_me: bool,
    /// The other side.
    peer: String,
    text: String,
    at: String,
    status: String,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    number: String,
    #[serde(default)]
    to: String,
}

#[derive(Deserialize)]
pub(super) struct New {
    to: String,
    text: String,
}

#[derive(Deserialize)]
pub(super) struct Callee {
    to: String,
}

#[derive(Deserialize)]
pub(super) struct NewGroup {
    subject: String,
    participants: String,
}

#[derive(Deserialize)]
pub(super) struct Line {
    online: bool,
}

pub(super) async fn page(Member(visitor): Member, Path(number): Path<String>) -> Answer {
    let number = network::number(&number)?;
    let handset = Handset::of(&visitor, &number, String::new()).await?;
    html(&Page { frame: visitor.frame("phones"), number, handset })
}

pub(super) async fn beside(Member(visitor): Member, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let number = network::number(&wanted.number)?;
    html(&Beside { handset: Handset::of(&visitor, &number, wanted.to).await? })
}

pub(super) async fn messages(Member(visitor): Member, Path(number): Path<String>) -> Answer {
    let number = network::number(&number)?;
    html(&Messages::of(&visitor, &number).await?)
}

pub(super) async fn write(Member(visitor): Member, Path(number): Path<String>, FormOf(new): FormOf<New>) -> Answer {
    let number = network::number(&number)?;
    let order = json!({ "to": new.to.trim(), "text": new.text });
    network::post(&visitor, &format!("/phones/{number}/messages"), &order).await?;
    html(&Messages::of(&visitor, &number).await?)
}

pub(super) async fn call(
    Member(visitor): Member,
    Path(number): Path<String>,
    FormOf(callee): FormOf<Callee>,
) -> Result<Response, Failure> {
    let (number, to) = (network::number(&number)?, network::number(&callee.to)?);
    network::post(&visitor, &format!("/phones/{number}/calls"), &json!({ "to": to })).await?;
    toast::say(&fill(visitor.t.phone_called, &[&to]))
}

pub(super) async fn group(
    Member(visitor): Member,
    Path(number): Path<String>,
    FormOf(new): FormOf<NewGroup>,
) -> Result<Response, Failure> {
    let number = network::number(&number)?;
    let members = new.participants.split([',', ' ']).filter(|text| !text.is_empty()).map(network::number);
    let members = members.collect::<Result<Vec<_>, _>>()?;
    let order = json!({ "subject": new.subject, "participants": members });
    let made = network::post(&visitor, &format!("/phones/{number}/groups"), &order).await?;
    toast::say(&fill(visitor.t.phone_grouped, &[made["id"].as_str().unwrap_or_default()]))
}

pub(super) async fn line(
    Member(visitor): Member,
    Path(number): Path<String>,
    FormOf(line): FormOf<Line>,
) -> Result<Response, Failure> {
    let number = network::number(&number)?;
    let word = if line.online { "online" } else { "offline" };
    network::post(&visitor, &format!("/phones/{number}/{word}"), &json!({})).await?;
    toast::say(visitor.t.saved)
}

impl Handset {
    async fn of(visitor: &Visitor, number: &str, to: String) -> Result<Self, Failure> {
        let messages = Messages::of(visitor, number).await?;
        Ok(Self { t: visitor.t, number: number.to_owned(), to, messages })
    }
}

impl Messages {
    async fn of(visitor: &Visitor, number: &str) -> Result<Self, Failure> {
        Ok(Self { t: visitor.t, number: number.to_owned(), messages: read(visitor, number).await? })
    }
}

async fn read(visitor: &Visitor, number: &str) -> Result<Vec<Message>, Failure> {
    let answer = network::get(visitor, &format!("/phones/{number}/messages?after=0")).await?;
    let all: Vec<_> = answer["messages"].as_array().into_iter().flatten().map(Message::of).collect();
    let skipped = all.len().saturating_sub(SHOWN);
    Ok(all.into_iter().skip(skipped).collect())
}

impl Message {
    fn of(message: &Value) -> Self {
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let from_me = message["from_me"] == true;
        let bare = |jid: String| jid.split('@').next().unwrap_or_default().to_owned();
        let said = text("text");
        Self {
            from_me,
            peer: bare(if from_me { text("chat") } else { text("from") }),
            text: if said.is_empty() { format!("[{}]", text("type")) } else { said },
            at: Timestamp::from_secs(message["timestamp"].as_i64().unwrap_or_default()).to_string(),
            status: text("status"),
        }
    }
}
