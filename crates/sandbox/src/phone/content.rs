//! What kind of message it is, and the text it shows.

use waproto::whatsapp as wa;

pub(super) struct Content {
    pub(super) kind: &'static str,
    pub(super) text: Option<String>,
}

/// `None` for what no chat shows: keys, settings and other messages between devices.
pub(super) fn content_of(message: &wa::Message) -> Option<Content> {
    let shown = |kind, text: Option<&String>| Some(Content { kind, text: text.cloned() });
    if let Some(text) = &message.conversation {
        return shown("text", Some(text));
    }
    if let Some(extended) = message.extended_text_message.as_option() {
        return shown("text", extended.text.as_ref());
    }
    None
}
