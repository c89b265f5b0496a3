//! The conversations, the one last written in first.

use askama::Template;
use serde::Deserialize;
use switchboard_api::http::{Failure, QueryOf, SessionPath};
use switchboard_core::MessageView;
use switchboard_model::{AddressError, Jid};

use crate::{
    answer::{self, Answer, html},
    frame::Frame,
    sessions::Tabs,
    show,
    text::Text,
    visitor::Member,
};

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// A number to write to.
    to: Option<String>,
}

#[derive(Template)]
#[template(path = "chats/list.html")]
struct Page {
    frame: Frame,
    tabs: Tabs,
    chats: Vec<Chat>,
}

struct Chat {
    jid: String,
    name: String,
    last: String,
    from_me: bool,
    at: String,
}

pub(super) async fn page(
    Member(visitor): Member,
    SessionPath(id): SessionPath,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Answer {
    if let Some(to) = wanted.to.filter(|to| !to.trim().is_empty()) {
        let jid: Jid = to.parse().map_err(|e: AddressError| Failure::invalid("phone number", e.to_string()))?;
        return Ok(answer::lead(&visitor.headers, &format!("/sessions/{id}/chats/{jid}")));
    }
    let view = visitor.core().session(&visitor.caller, &id).await?;
    let chats = visitor.core().chats(&visitor.caller, &id, Some(100)).await?;
    let chats = chats.iter().map(|newest| Chat::of(visitor.t, newest)).collect();
    html(&Page { frame: visitor.frame("sessions"), tabs: Tabs::of(&visitor, &view, "chats"), chats })
}

impl Chat {
    fn of(t: &'static Text, newest: &MessageView) -> Self {
        let message = &newest.message;
        let theirs = message.push_name.clone().filter(|_| !message.from_me && message.chat == message.sender);
        Self {
            jid: message.chat.jid.to_string(),
            name: theirs.unwrap_or_else(|| show::party(&message.chat)),
            last: show::content(t, &message.content),
            from_me: message.from_me,
            at: message.timestamp.to_string(),
        }
    }
}
