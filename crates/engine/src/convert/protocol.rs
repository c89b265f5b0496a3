//! What a person does to an earlier message: other words, or none at all.

use switchboard_core::engine::Draft;
use switchboard_model::{Content, MessageRef};
use waproto::whatsapp::{
    self as wa,
    message::{ProtocolMessage, protocol_message::Type},
};
use whatsapp_rust::buffa::MessageField;

use super::{
    content::Reading,
    reference::{self, Scene},
};

pub(super) fn read(protocol: &ProtocolMessage, scene: &Scene) -> Reading {
    let target = protocol.key.as_option().and_then(|key| reference::read(key, scene));
    match (protocol.r#type, target) {
        (Some(Type::Revoke), Some(target)) => Reading::Message(Content::Revoke { target }),
        (Some(Type::MessageEdit), Some(target)) => edit(protocol, target),
        _ => kind(protocol).map_or(Reading::Plumbing, Reading::unknown),
    }
}

pub(super) fn write_edit(target: &MessageRef, text: &str, draft: &Draft<'_>) -> wa::Message {
    let words = wa::Message { conversation: Some(text.to_owned()), ..Default::default() };
    let mut protocol = about(target, Type::MessageEdit, draft);
    protocol.edited_message = MessageField::some(words);
    protocol.timestamp_ms = Some(draft.at.millis());
    wrap(protocol)
}

pub(super) fn write_revoke(target: &MessageRef, draft: &Draft<'_>) -> wa::Message {
    wrap(about(target, Type::Revoke, draft))
}

/// New words, or a new caption.
fn edit(protocol: &ProtocolMessage, target: MessageRef) -> Reading {
    use wacore::proto_helpers::MessageExt;
    let words = protocol.edited_message.as_option().map(MessageExt::get_base_message);
    let text = words.and_then(|words| words.text_content().or_else(|| words.get_caption()));
    match text {
        Some(text) => Reading::Message(Content::Edit { target, text: text.to_owned() }),
        None => Reading::unknown("message_edit"),
    }
}

fn about(target: &MessageRef, kind: Type, draft: &Draft<'_>) -> ProtocolMessage {
    let key = MessageField::some(reference::write(target, draft));
    ProtocolMessage { key, r#type: Some(kind), ..Default::default() }
}

fn wrap(protocol: ProtocolMessage) -> wa::Message {
    wa::Message { protocol_message: MessageField::some(protocol), ..Default::default() }
}

/// What else a person does by such a message.
fn kind(protocol: &ProtocolMessage) -> Option<&'static str> {
    Some(match protocol.r#type {
        Some(Type::Revoke) => "revoke",
        Some(Type::MessageEdit) => "message_edit",
        Some(Type::EphemeralSetting) => "ephemeral_setting",
        Some(Type::SharePhoneNumber) => "share_phone_number",
        Some(Type::ReminderMessage) => "reminder_message",
        Some(Type::StatusMentionMessage) => "status_mention_message",
        Some(Type::LimitSharing) => "limit_sharing",
        Some(Type::GroupMemberLabelChange) => "group_member_label_change",
        Some(Type::ChatThemeSetting) => "chat_theme_setting",
        _ => return None,
    })
}
