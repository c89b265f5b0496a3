//! What kind of message it is, and what the phone shows of it.

use serde_json::{Map, Value, json};
use wacore::proto_helpers::MessageExt as _;
use waproto::whatsapp::message::protocol_message::Type;
use waproto::whatsapp::{self as wa, ContextInfo, MessageKey};

use super::file::{FileKey, file_key};

pub(super) struct Content {
    pub(super) kind: &'static str,
    pub(super) text: Option<String>,
    /// The kind's own fields.
    pub(super) details: Map<String, Value>,
    pub(super) change: Option<Change>,
    /// What votes on it are sealed with.
    pub(super) secret: Option<[u8; 32]>,
    pub(super) file: Option<FileKey>,
}

/// What a message does to an earlier one of the same chat.
pub(super) struct Change {
    pub(super) target: String,
    pub(super) what: What,
}

pub(super) enum What {
    React(String),
    Edit(String),
    Revoke,
    Vote { payload: Vec<u8>, iv: Vec<u8> },
}

/// `None` for what no chat shows: keys, settings and other messages between devices.
pub(super) fn content_of(whole: &wa::Message) -> Option<Content> {
    let message = whole.get_base_message();
    let mut content = known(message)?;
    if let Some(info) = info(message) {
        add_context(&mut content.details, info);
    }
    if whole.is_view_once() {
        content.details.insert("view_once".into(), true.into());
    }
    let context = message.message_context_info.as_option();
    content.file = file_key(message);
    content.secret = context.and_then(|context| context.message_secret.as_deref()?.try_into().ok());
    Some(content)
}

fn known(message: &wa::Message) -> Option<Content> {
    if let Some(text) = &message.conversation {
        return plain("text", Some(text), json!({}));
    }
    if let Some(extended) = message.extended_text_message.as_option() {
        return plain("text", extended.text.as_ref(), preview(extended));
    }
    if let Some(place) = message.location_message.as_option() {
        let (latitude, longitude) = (place.degrees_latitude, place.degrees_longitude);
        let details =
            json!({ "latitude": latitude, "longitude": longitude, "name": place.name, "address": place.address });
        return plain("location", place.name.as_ref(), details);
    }
    if let Some(place) = message.live_location_message.as_option() {
        let (latitude, longitude) = (place.degrees_latitude, place.degrees_longitude);
        let details = json!({ "latitude": latitude, "longitude": longitude, "sequence": place.sequence_number });
        return plain("live_location", place.caption.as_ref(), details);
    }
    if let Some(file) = file(message) {
        return Some(file);
    }
    contact(message)
        .or_else(|| poll(message))
        .or_else(|| reaction(message))
        .or_else(|| vote(message))
        .or_else(|| protocol(message))
}

fn plain(kind: &'static str, text: Option<&String>, details: Value) -> Option<Content> {
    let Value::Object(details) = details else { return None };
    Some(Content { kind, text: text.cloned(), details, change: None, secret: None, file: None })
}

fn changing(
    kind: &'static str,
    target: &MessageKey,
    text: Option<&String>,
    mut details: Value,
    what: What,
) -> Option<Content> {
    let target = target.id.clone()?;
    details["target"] = json!(target);
    let content = plain(kind, text, details)?;
    Some(Content { change: Some(Change { target, what }), ..content })
}

fn preview(text: &wa::message::ExtendedTextMessage) -> Value {
    match &text.matched_text {
        Some(url) => json!({ "link_preview": { "url": url, "title": text.title, "description": text.description } }),
        None => json!({}),
    }
}

fn file(message: &wa::Message) -> Option<Content> {
    macro_rules! shown {
        ($field:ident, $kind:literal, $text:ident, { $($name:ident),* }) => {
            if let Some(file) = message.$field.as_option() {
                let sha256 = file.file_sha256.as_deref().map(hex::encode);
                let mut details = json!({ "mimetype": file.mimetype, "size": file.file_length, "sha256": sha256 });
                $(details[stringify!($name)] = json!(file.$name);)*
                return plain($kind, file.$text.as_ref().filter(|text| !text.is_empty()), details);
            }
        };
    }
    shown!(image_message, "image", caption, { width, height, jpeg_thumbnail });
    shown!(video_message, "video", caption, { width, height, seconds, gif_playback, jpeg_thumbnail });
    shown!(audio_message, "audio", accessibility_label, { seconds, ptt, waveform });
    shown!(document_message, "document", caption, { file_name });
    shown!(sticker_message, "sticker", accessibility_label, { width, height });
    None
}

fn contact(message: &wa::Message) -> Option<Content> {
    let card = |card: &wa::message::ContactMessage| json!({ "name": card.display_name, "vcard": card.vcard });
    let one = message.contact_message.as_option().map(|one| vec![card(one)]);
    let several = || Some(message.contacts_array_message.as_option()?.contacts.iter().map(card).collect());
    plain("contact", None, json!({ "contacts": one.or_else(several)? }))
}

fn poll(message: &wa::Message) -> Option<Content> {
    let forms = [&message.poll_creation_message, &message.poll_creation_message_v2, &message.poll_creation_message_v3];
    let poll = forms.into_iter().find_map(|form| form.as_option())?;
    let options: Vec<&String> = poll.options.iter().filter_map(|option| option.option_name.as_ref()).collect();
    let details = json!({ "question": poll.name, "options": options, "selectable": poll.selectable_options_count });
    plain("poll", poll.name.as_ref(), details)
}

fn reaction(message: &wa::Message) -> Option<Content> {
    let reaction = message.reaction_message.as_option()?;
    let emoji = reaction.text.clone().unwrap_or_default();
    changing("reaction", reaction.key.as_option()?, None, json!({ "emoji": emoji }), What::React(emoji))
}

fn vote(message: &wa::Message) -> Option<Content> {
    let update = message.poll_update_message.as_option()?;
    let vote = update.vote.as_option()?;
    let what = What::Vote { payload: vote.enc_payload.clone()?, iv: vote.enc_iv.clone()? };
    changing("poll_vote", update.poll_creation_message_key.as_option()?, None, json!({}), what)
}

fn protocol(message: &wa::Message) -> Option<Content> {
    let protocol = message.protocol_message.as_option()?;
    let target = protocol.key.as_option()?;
    match protocol.r#type? {
        Type::Revoke => changing("revoke", target, None, json!({}), What::Revoke),
        Type::MessageEdit => {
            let words = protocol.edited_message.as_option()?.get_base_message();
            let text = words.text_content().or_else(|| words.get_caption())?.to_owned();
            changing("edit", target, Some(&text), json!({}), What::Edit(text.clone()))
        }
        _ => None,
    }
}

fn add_context(details: &mut Map<String, Value>, info: &ContextInfo) {
    let mut add = |name: &str, value: Value| details.insert(name.into(), value);
    if let Some(id) = &info.stanza_id {
        let words = info.quoted_message.as_option().and_then(|quoted| quoted.text_content());
        add("reply_to", json!({ "id": id, "from": info.participant, "text": words }));
    }
    if !info.mentioned_jid.is_empty() {
        add("mentions", json!(info.mentioned_jid));
    }
    if info.is_forwarded == Some(true) {
        add("forwarded", json!(info.forwarding_score));
    }
    if let Some(seconds) = info.expiration.filter(|seconds| *seconds > 0) {
        add("expires_in", json!(seconds));
    }
}

macro_rules! first_info {
    ($message:ident: $($field:ident),* $(,)?) => {
        None$(.or_else(|| $message.$field.as_option()?.context_info.as_option()))*
    };
}

fn info(message: &wa::Message) -> Option<&ContextInfo> {
    first_info!(message:
        extended_text_message, image_message, video_message, audio_message, document_message, sticker_message,
        location_message, live_location_message, contact_message, contacts_array_message, poll_creation_message,
        poll_creation_message_v2, poll_creation_message_v3,
    )
}
