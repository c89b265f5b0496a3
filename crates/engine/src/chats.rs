//! What the account's devices agree on about chats: archived, pinned, silent, read, starred, and names of people.

use async_trait::async_trait;
use switchboard_core::engine::{ChatDecision, ChatLink, ChatNews, ChatTurn, EngineError, Fact, Starred};
use switchboard_model::{Jid, MessageId, Mute, Timestamp};
use wacore::types::events::Event;
use whatsapp_rust::Jid as EngineJid;

use crate::{convert, events::Events, link::WhatsappLink};

/// As the protocol says "for good".
const FOREVER: i64 = -1;

#[async_trait]
impl ChatLink for WhatsappLink {
    async fn decide(&self, chat: &Jid, decision: ChatDecision) -> Result<(), EngineError> {
        self.online()?;
        let (jid, actions) = (convert::engine_jid(chat), self.client.chat_actions());
        let done = match decision {
            ChatDecision::Archived(true) => actions.archive_chat(&jid, None).await,
            ChatDecision::Archived(false) => actions.unarchive_chat(&jid, None).await,
            ChatDecision::Pinned(true) => actions.pin_chat(&jid).await,
            ChatDecision::Pinned(false) => actions.unpin_chat(&jid).await,
            ChatDecision::Muted(Mute::Off) => actions.unmute_chat(&jid).await,
            ChatDecision::Muted(Mute::Forever) => actions.mute_chat(&jid).await,
            ChatDecision::Muted(Mute::Until(end)) => actions.mute_chat_until(&jid, end.millis()).await,
            ChatDecision::Read(read) => actions.mark_chat_as_read(&jid, read, None).await,
        };
        done.map_err(|error| self.failed(error.to_string()))
    }

    async fn star(&self, message: &Starred, starred: bool) -> Result<(), EngineError> {
        self.online()?;
        let (chat, actions) = (convert::engine_jid(&message.chat), self.client.chat_actions());
        let of_another = message.chat.is_group() && !message.from_me;
        let author = of_another.then(|| convert::engine_jid(&message.sender));
        let (author, id, own) = (author.as_ref(), message.id.0.as_str(), message.from_me);
        let done = if starred {
            actions.star_message(&chat, author, id, own).await
        } else {
            actions.unstar_message(&chat, author, id, own).await
        };
        done.map_err(|error| self.failed(error.to_string()))
    }
}

impl Events {
    /// Tells whether the event was one of these.
    pub(crate) fn decided(&self, event: &Event) -> bool {
        match event {
            Event::ArchiveUpdate(it) => {
                let archived = ChatDecision::Archived(it.action.archived.unwrap_or(false));
                self.chat_news(&it.jid, ChatTurn::Decided(archived), it.from_full_sync);
            }
            Event::PinUpdate(it) => {
                let pinned = ChatDecision::Pinned(it.action.pinned.unwrap_or(false));
                self.chat_news(&it.jid, ChatTurn::Decided(pinned), it.from_full_sync);
            }
            Event::MuteUpdate(it) => {
                let muted = mute(it.action.muted.unwrap_or(false), it.action.mute_end_timestamp);
                self.chat_news(&it.jid, ChatTurn::Decided(ChatDecision::Muted(muted)), it.from_full_sync);
            }
            Event::MarkChatAsReadUpdate(it) => {
                let read = ChatDecision::Read(it.action.read.unwrap_or(true));
                self.chat_news(&it.jid, ChatTurn::Decided(read), it.from_full_sync);
            }
            Event::ContactUpdate(it) => {
                let name = it.action.full_name.clone().filter(|name| !name.is_empty());
                if let Some(name) = name {
                    self.chat_news(&it.jid, ChatTurn::Named(name), it.from_full_sync);
                }
            }
            Event::StarUpdate(it) => {
                let (id, starred) = (MessageId(it.message_id.clone()), it.action.starred.unwrap_or(false));
                self.chat_news(&it.chat_jid, ChatTurn::Starred { id, starred }, it.from_full_sync);
            }
            _ => return false,
        }
        true
    }

    fn chat_news(&self, jid: &EngineJid, turn: ChatTurn, old: bool) {
        if let Some(chat) = self.party(jid, None) {
            self.inlet.report(Fact::Chat(ChatNews { chat, turn, old }));
        }
    }
}

fn mute(muted: bool, end: Option<i64>) -> Mute {
    match (muted, end) {
        (false, _) => Mute::Off,
        (true, None | Some(FOREVER | 0)) => Mute::Forever,
        (true, Some(end)) => Mute::Until(Timestamp::from_millis(end)),
    }
}
