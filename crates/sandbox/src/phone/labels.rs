//! Labels that the phone's user makes, and puts on chats.

use serde::Deserialize;
use wacore::appstate::schemas;
use waproto::buffa::MessageField;
use waproto::whatsapp as wa;
use waproto::whatsapp::sync_action_value::{LabelAssociationAction, LabelEditAction};

use super::app_state::{Action, Decision};

/// A label is made, changed or deleted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelDecision {
    pub id: String,
    pub name: Option<String>,
    pub color: Option<i32>,
    #[serde(default)]
    pub deleted: bool,
}

/// A label is put on a chat, or taken off it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelOnChat {
    pub id: String,
    pub on: bool,
}

impl Decision for LabelDecision {
    fn actions(&self, now_ms: i64) -> Vec<Action> {
        let Self { id, name, color, deleted } = self.clone();
        let edit = LabelEditAction { name, color, deleted: Some(deleted), ..Default::default() };
        let value = wa::SyncActionValue { label_edit_action: MessageField::some(edit), ..Default::default() };
        vec![Action::new(schemas::LABEL_EDIT, vec![id], value, now_ms)]
    }
}

impl LabelOnChat {
    pub(super) fn action(&self, chat: &str, now_ms: i64) -> Action {
        let association = LabelAssociationAction { labeled: Some(self.on), ..Default::default() };
        let value =
            wa::SyncActionValue { label_association_action: MessageField::some(association), ..Default::default() };
        Action::new(schemas::LABEL_JID, vec![self.id.clone(), chat.to_owned()], value, now_ms)
    }
}
