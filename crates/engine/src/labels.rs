//! Labels of chats: records that the devices of a business account share.
//!
//! The engine knows labels on chats (`label_jid`); labels on single messages are not among the records that it reads.

use async_trait::async_trait;
use switchboard_core::engine::{EngineError, Fact, LabelLink, LabelNews, LabelTurn};
use switchboard_model::{Jid, Label};
use wacore::types::events::{Event, LabelAssociationUpdate, LabelEditUpdate};

use crate::{convert, events::Events, link::WhatsappLink};

#[async_trait]
impl LabelLink for WhatsappLink {
    async fn put_label(&self, label: &Label) -> Result<(), EngineError> {
        self.online()?;
        let color = i32::try_from(label.color).unwrap_or(0);
        let done = self.client.labels().create_label(&label.id, &label.name, color).await;
        done.map_err(|error| self.failed(error.to_string()))
    }

    async fn delete_label(&self, id: &str) -> Result<(), EngineError> {
        self.online()?;
        self.client.labels().delete_label(id).await.map_err(|error| self.failed(error.to_string()))
    }

    async fn label_chat(&self, chat: &Jid, label: &str, labeled: bool) -> Result<(), EngineError> {
        self.online()?;
        let (chat, labels) = (convert::engine_jid(chat), self.client.labels());
        let done = if labeled {
            labels.add_chat_label(label, &chat).await
        } else {
            labels.remove_chat_label(label, &chat).await
        };
        done.map_err(|error| self.failed(error.to_string()))
    }
}

impl Events {
    /// Tells whether the event was about a label.
    pub(crate) fn labelled(&self, event: &Event) -> bool {
        let (turn, old) = match event {
            Event::LabelEditUpdate(it) => (Some(edited(it)), it.from_full_sync),
            Event::LabelAssociationUpdate(it) => (self.on_chat(it), it.from_full_sync),
            _ => return false,
        };
        if let Some(turn) = turn {
            self.inlet.report(Fact::Label(LabelNews { turn, old }));
        }
        true
    }

    fn on_chat(&self, update: &LabelAssociationUpdate) -> Option<LabelTurn> {
        let chat = self.party(&update.chat_jid, None)?;
        let labeled = update.action.labeled.unwrap_or(false);
        Some(LabelTurn::OnChat { chat, label: update.label_id.clone(), labeled })
    }
}

fn edited(update: &LabelEditUpdate) -> LabelTurn {
    let (id, action) = (update.label_id.clone(), &update.action);
    if action.deleted.unwrap_or(false) {
        return LabelTurn::Deleted { id };
    }
    let color = action.color.and_then(|color| u32::try_from(color).ok()).unwrap_or(0);
    LabelTurn::Is(Label { id, name: action.name.clone().unwrap_or_default(), color })
}
