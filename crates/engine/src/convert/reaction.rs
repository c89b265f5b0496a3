//! An answer in one emoji.

use switchboard_core::engine::Draft;
use switchboard_model::{Content, MessageRef};
use wacore::proto_helpers::build_reaction_message;
use waproto::whatsapp as wa;

use super::reference::{self, Scene};

pub(super) fn read(message: &wa::Message, scene: &Scene) -> Option<Content> {
    let reaction = message.reaction_message.as_option()?;
    let target = reference::read(reaction.key.as_option()?, scene)?;
    Some(Content::Reaction { target, emoji: reaction.text.clone().unwrap_or_default() })
}

/// A post is named by its number, not by its id.
pub(super) fn write(target: &MessageRef, emoji: &str, draft: &Draft<'_>) -> wa::Message {
    let mut key = reference::write(target, draft);
    if let Some(number) = draft.context.post {
        key.id = Some(number.to_string());
    }
    build_reaction_message(key, emoji, draft.at.millis())
}
