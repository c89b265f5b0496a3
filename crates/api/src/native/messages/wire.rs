//! Messages as `/v1` shows and takes them.

use serde::Serialize;
use switchboard_core::{Accepted, MessageView};
use switchboard_model::{MessageStatus, SessionId};
use utoipa::ToSchema;

use crate::{
    native::wire::{Party, time},
    shown::shown,
};

#[derive(Serialize, ToSchema)]
pub(in crate::native) struct Message {
    #[schema(example = "3EB0BEDDE45EF384377BD7")]
    id: String,
    session: String,
    /// The conversation: a person or a group.
    chat: Party,
    sender: Party,
    from_me: bool,
    timestamp: String,
    /// The sender's own name for itself.
    push_name: Option<String>,
    /// The kind of its content.
    #[schema(example = "text")]
    kind: String,
    /// By `type`: `text` has `text`.
    #[schema(value_type = Object, example = json!({"type": "text", "text": "Hello"}))]
    content: serde_json::Value,
    /// What goes along: `quoted`, `mentions`, `forwarded`, `expires_in`, `link_preview`, `view_once`, `audience`, `post`, as far as there is.
    #[schema(value_type = Object)]
    context: serde_json::Value,
    edited_at: Option<String>,
    /// When it was deleted for everyone.
    deleted_at: Option<String>,
    /// Written before the link, and handed over by the phone.
    from_history: bool,
    /// Among the favourites of the account's owner.
    starred: bool,
    /// The last reaction of each person.
    reactions: Vec<Reaction>,
    /// The last vote of each person, if this is a poll.
    votes: Vec<Vote>,
    /// `queued`, `sending`, `sent`, `delivered`, `read`, `played`, `failed` or `cancelled`.
    #[schema(example = "delivered")]
    status: &'static str,
    status_at: String,
    /// Why it failed.
    reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Reaction {
    by: Party,
    emoji: String,
    at: String,
}

#[derive(Serialize, ToSchema)]
struct Vote {
    by: Party,
    options: Vec<String>,
    at: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct MessagePage {
    messages: Vec<Message>,
    /// Where the next page begins: pass it as `cursor`.
    next_cursor: Option<String>,
}

/// A message in the ledger: it will be sent, whatever happens to the gateway.
#[derive(Serialize, ToSchema)]
pub(super) struct Sent {
    /// The same in answers, events and webhooks.
    #[schema(example = "3EB0BEDDE45EF384377BD7")]
    id: String,
    session: String,
    #[schema(example = "6281381393739@s.whatsapp.net")]
    to: String,
    /// `queued`, or how far it came while this answer waited.
    #[schema(example = "queued")]
    status: &'static str,
    /// Why it failed.
    reason: Option<String>,
    accepted_at: String,
    /// It was accepted before, under the same `Idempotency-Key`.
    repeated: bool,
}

impl From<MessageView> for Message {
    fn from(view: MessageView) -> Self {
        let MessageView { message, status, changed_at, reason } = view;
        Self {
            id: message.id.0,
            session: message.session.to_string(),
            chat: message.chat.into(),
            sender: message.sender.into(),
            from_me: message.from_me,
            timestamp: time(message.timestamp),
            push_name: message.push_name,
            kind: message.content.kind().to_owned(),
            content: shown(&message.content),
            context: shown(&message.context),
            edited_at: message.later.edited_at.map(time),
            deleted_at: message.later.deleted_at.map(time),
            from_history: message.later.from_history,
            starred: message.later.starred,
            reactions: message.later.reactions.into_iter().map(Reaction::from).collect(),
            votes: message.later.votes.into_iter().map(Vote::from).collect(),
            status: status.as_str(),
            status_at: time(changed_at),
            reason,
        }
    }
}

impl From<switchboard_model::Reaction> for Reaction {
    fn from(reaction: switchboard_model::Reaction) -> Self {
        Self { by: reaction.by.into(), emoji: reaction.emoji, at: time(reaction.at) }
    }
}

impl From<switchboard_model::Vote> for Vote {
    fn from(vote: switchboard_model::Vote) -> Self {
        Self { by: vote.by.into(), options: vote.options, at: time(vote.at) }
    }
}

impl MessagePage {
    pub(super) fn new(messages: Vec<MessageView>, next_cursor: Option<String>) -> Self {
        Self { messages: messages.into_iter().map(Message::from).collect(), next_cursor }
    }
}

impl Sent {
    pub(super) fn queued(session: &SessionId, accepted: &Accepted) -> Self {
        Self::with(session, accepted, MessageStatus::Queued, None)
    }

    pub(super) fn with(
        session: &SessionId,
        accepted: &Accepted,
        status: MessageStatus,
        reason: Option<String>,
    ) -> Self {
        Self {
            id: accepted.id.to_string(),
            session: session.to_string(),
            to: accepted.chat.to_string(),
            status: status.as_str(),
            reason,
            accepted_at: time(accepted.at),
            repeated: accepted.repeated,
        }
    }
}

impl Sent {
    pub(super) fn is(&self, status: MessageStatus) -> bool {
        self.status == status.as_str()
    }

    pub(super) fn location(&self) -> String {
        format!("/v1/sessions/{}/messages/{}", self.session, self.id)
    }
}
