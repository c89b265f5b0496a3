//! A conversation as `/v1` shows it.

use serde::Serialize;
use switchboard_core::ChatView;
use switchboard_model::{Mute, Timestamp};
use utoipa::ToSchema;

use crate::native::{
    messages::Message,
    wire::{Party, time},
};

#[derive(Serialize, ToSchema)]
pub(super) struct Chat {
    /// The person or group.
    chat: Party,
    /// What this account calls it; else what the group or the person calls itself.
    #[schema(example = "Ana")]
    name: Option<String>,
    /// `person`, `group` or `newsletter`.
    #[schema(example = "person")]
    kind: &'static str,
    /// When something was last written in it.
    last_at: Option<String>,
    /// How many messages of others nobody has read yet, here or on another device of the account.
    #[schema(example = 2)]
    unread: u32,
    archived: bool,
    pinned: bool,
    muted: bool,
    /// When it rings again; absent while `muted` means for good.
    muted_until: Option<String>,
    /// The ids of the labels on it.
    labels: Vec<String>,
    /// The newest message, as far as it is kept.
    last_message: Option<Message>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ChatPage {
    chats: Vec<Chat>,
    /// Where the next page begins: pass it as `cursor`.
    next_cursor: Option<String>,
}

impl Chat {
    pub(super) fn new(view: ChatView, now: Timestamp) -> Self {
        let ChatView { chat, last, labels } = view;
        let muted = chat.muted.is_on(now);
        let until = match chat.muted {
            Mute::Until(end) if muted => Some(time(end)),
            _ => None,
        };
        Self {
            chat: chat.party.into(),
            name: chat.name,
            kind: chat.kind.as_str(),
            last_at: chat.last_at.map(time),
            unread: chat.unread,
            archived: chat.archived,
            pinned: chat.pinned,
            muted,
            muted_until: until,
            labels,
            last_message: last.map(Message::from),
        }
    }
}

impl ChatPage {
    pub(super) fn new(chats: Vec<ChatView>, next_cursor: Option<String>, now: Timestamp) -> Self {
        Self { chats: chats.into_iter().map(|view| Chat::new(view, now)).collect(), next_cursor }
    }
}
