//! What a message carries.
//!
//! Nothing that a person did may vanish: what is not understood yet is kept under the protocol's own name for it.
//! Only the devices' talk among themselves (keys, history, settings) is not a message.

use switchboard_core::engine::EngineError;
use switchboard_model::Content;
use wacore::proto_helpers::MessageExt;
use waproto::whatsapp::{self as wa, message::protocol_message::Type};
use whatsapp_rust::buffa::MessageField;

use super::kinds::kind;

#[derive(Debug, PartialEq)]
pub(crate) enum Reading {
    Message(Content),
    /// The devices' own business.
    Plumbing,
}

/// Reads a message without its wrappers (sent from another device, disappearing, view once, edited).
pub(crate) fn read(message: &wa::Message) -> Reading {
    let message = message.get_base_message();
    if let Some(text) = text(message) {
        return Reading::Message(Content::Text { text: text.to_owned() });
    }
    if let Some(kind) = kind(message) {
        return unknown(kind);
    }
    match message.protocol_message.as_option() {
        Some(protocol) => protocol_kind(protocol).map_or(Reading::Plumbing, unknown),
        None if is_only_keys(message) => Reading::Plumbing,
        None => unknown("unrecognised"),
    }
}

/// The bytes that every attempt sends. Votes, edits and reports are sealed with the message's secret, so it belongs
/// to the message: the engine keeps the one that it finds and invents another when there is none.
pub(crate) fn finish(content: &Content) -> Result<Vec<u8>, EngineError> {
    let mut message = match content {
        Content::Text { text } => wa::Message { conversation: Some(text.clone()), ..Default::default() },
        other => return Err(EngineError::Refused(format!("a message of kind `{}` cannot be sent", other.kind()))),
    };
    let mut secret = [0u8; 32];
    getrandom::fill(&mut secret).map_err(|error| EngineError::Other(format!("no randomness: {error}")))?;
    let context = wa::MessageContextInfo { message_secret: Some(secret.to_vec()), ..Default::default() };
    message.message_context_info = MessageField::some(context);
    Ok(waproto::codec::message_to_vec(&message))
}

fn text(message: &wa::Message) -> Option<&str> {
    let extended = message.extended_text_message.as_option().map(|extended| extended.text.as_deref());
    message.conversation.as_deref().filter(|text| !text.is_empty()).or_else(|| extended.map(Option::unwrap_or_default))
}

/// What a person did with an earlier message or a chat.
fn protocol_kind(protocol: &wa::message::ProtocolMessage) -> Option<&'static str> {
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

/// A group's keys travel in a message of their own when nothing else goes with them.
fn is_only_keys(message: &wa::Message) -> bool {
    let keys = message.sender_key_distribution_message.is_set()
        || message.fast_ratchet_key_sender_key_distribution_message.is_set();
    let bare = wa::Message { message_context_info: message.message_context_info.clone(), ..Default::default() };
    keys || waproto::codec::message_encoded_len(message) == waproto::codec::message_encoded_len(&bare)
}

fn unknown(kind: &str) -> Reading {
    Reading::Message(Content::Unknown { kind: kind.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_message(text: &str) -> wa::Message {
        wa::Message { conversation: Some(text.to_owned()), ..Default::default() }
    }

    fn protocol(kind: Type) -> wa::Message {
        let protocol = wa::message::ProtocolMessage { r#type: Some(kind), ..Default::default() };
        wa::Message { protocol_message: MessageField::some(protocol), ..Default::default() }
    }

    #[test]
    fn text_is_read_in_both_of_its_forms_and_through_wrappers() {
        let said = |text: &str| Reading::Message(Content::Text { text: text.to_owned() });
        assert_eq!(read(&text_message("hello")), said("hello"));
        let extended = wa::message::ExtendedTextMessage { text: Some("a link".into()), ..Default::default() };
        let extended = wa::Message { extended_text_message: MessageField::some(extended), ..Default::default() };
        assert_eq!(read(&extended), said("a link"));
        let inner = wa::message::FutureProofMessage { message: MessageField::some(text_message("gone soon")) };
        let wrapped = wa::Message { ephemeral_message: MessageField::some(inner), ..Default::default() };
        assert_eq!(read(&wrapped), said("gone soon"));
    }

    #[test]
    fn what_is_not_understood_keeps_its_name() {
        let reaction = wa::Message { reaction_message: MessageField::some(Default::default()), ..Default::default() };
        assert_eq!(read(&reaction), unknown("reaction_message"));
        assert_eq!(read(&protocol(Type::Revoke)), unknown("revoke"));
    }

    #[test]
    fn the_devices_own_talk_is_no_message() {
        assert_eq!(read(&protocol(Type::AppStateSyncKeyShare)), Reading::Plumbing);
        assert_eq!(read(&protocol(Type::HistorySyncNotification)), Reading::Plumbing);
        let keys = MessageField::some(Default::default());
        let keys = wa::Message { sender_key_distribution_message: keys, ..Default::default() };
        assert_eq!(read(&keys), Reading::Plumbing);
    }

    #[test]
    fn a_finished_message_carries_its_secret_and_reads_back() {
        let content = Content::Text { text: "héllo".into() };
        let bytes = finish(&content).unwrap();
        let message = waproto::codec::message_decode(&bytes).unwrap();
        assert_eq!(read(&message), Reading::Message(content.clone()));
        assert_eq!(wacore::reporting_token::extract_message_secret(&message).unwrap().len(), 32);
        assert_ne!(bytes, finish(&content).unwrap(), "no two messages share a secret");
        assert!(finish(&Content::Unknown { kind: "poll".into() }).is_err());
    }
}
