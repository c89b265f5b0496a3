//! One message of a conversation.

use askama::Template;
use switchboard_core::MessageView;
use switchboard_model::MessageStatus;

use crate::{show, text::Text};

#[derive(Template)]
#[template(path = "chats/bubble.html")]
pub(super) struct Bubble {
    id: String,
    from_me: bool,
    /// Who wrote it, in a group.
    sender: Option<String>,
    text: String,
    /// A kind without words of its own.
    bare: bool,
    at: String,
    status: Option<&'static str>,
    failed: bool,
    reason: Option<String>,
}

impl Bubble {
    pub(super) fn of(t: &'static Text, view: &MessageView) -> Self {
        let message = &view.message;
        let group = message.chat.jid != message.sender.jid && !message.from_me;
        let name = || message.push_name.clone().unwrap_or_else(|| show::party(&message.sender));
        Self {
            id: message.id.0.clone(),
            from_me: message.from_me,
            sender: group.then(name),
            text: show::content(t, &message.content),
            bare: message.content.text().is_none(),
            at: message.timestamp.to_string(),
            status: message.from_me.then(|| show::status(t, view.status)),
            failed: view.status == MessageStatus::Failed,
            reason: view.reason.clone(),
        }
    }
}
