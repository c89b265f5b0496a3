//! Being there and typing, both ways.

use async_trait::async_trait;
use switchboard_core::engine::{EngineError, PresenceLink, PresenceNews, Typing};
use switchboard_model::{Jid, PresenceState, Timestamp};
use wacore::types::{
    events::{ChatPresenceUpdate, PresenceUpdate},
    presence::{ChatPresence, ChatPresenceMedia},
};
use whatsapp_rust::ChatStateType;

use crate::{convert::engine_jid, events::Events, link::WhatsappLink};

#[async_trait]
impl PresenceLink for WhatsappLink {
    async fn set_presence(&self, available: bool) -> Result<(), EngineError> {
        self.online()?;
        let presence = self.client.presence();
        let told = if available { presence.set_available().await } else { presence.set_unavailable().await };
        told.map_err(|error| self.failed(error.to_string()))
    }

    async fn subscribe_presence(&self, person: &Jid) -> Result<(), EngineError> {
        self.online()?;
        let asked = self.client.presence().subscribe(engine_jid(person)).await;
        asked.map_err(|error| self.failed(error.to_string()))
    }

    async fn set_typing(&self, chat: &Jid, typing: Typing) -> Result<(), EngineError> {
        self.online()?;
        let state = match typing {
            Typing::Composing => ChatStateType::Composing,
            Typing::Recording => ChatStateType::Recording,
            Typing::Paused => ChatStateType::Paused,
        };
        let told = self.client.chatstate().send(&engine_jid(chat), state).await;
        told.map_err(|error| self.failed(error.to_string()))
    }
}

impl Events {
    pub(crate) fn came_or_went(&self, update: &PresenceUpdate) -> Option<PresenceNews> {
        let person = self.party(&update.from, None)?;
        let state = if update.unavailable { PresenceState::Unavailable } else { PresenceState::Available };
        let last_seen = update.last_seen.map(|at| Timestamp::from_millis(at.timestamp_millis()));
        Some(PresenceNews { chat: person.clone(), person, state, last_seen })
    }

    pub(crate) fn typing(&self, update: &ChatPresenceUpdate) -> Option<PresenceNews> {
        let source = &update.source;
        let person = self.party(&source.sender, source.sender_alt.as_ref())?;
        let chat = if source.is_group { self.party(&source.chat, None)? } else { person.clone() };
        let state = match (&update.state, &update.media) {
            (ChatPresence::Paused, _) => PresenceState::Paused,
            (ChatPresence::Composing, ChatPresenceMedia::Audio) => PresenceState::Recording,
            (ChatPresence::Composing, _) => PresenceState::Composing,
        };
        Some(PresenceNews { chat, person, state, last_seen: None })
    }
}
