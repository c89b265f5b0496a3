//! What goes along with any kind of message: what it answers, whom it names, how long it lasts.

use switchboard_core::engine::Draft;
use switchboard_model::{Context, Jid, LinkPreview, Quote};
use wacore::proto_helpers::MessageExt;
use waproto::whatsapp::{self as wa, ContextInfo};
use whatsapp_rust::buffa::MessageField;

use super::{
    content, finish,
    reference::{self, Scene},
};

/// `whole` is the message with its wrappers, which may say that it can be looked at once.
pub(crate) fn read(whole: &wa::Message, scene: &Scene) -> Context {
    let message = whole.get_base_message();
    let info = info(message);
    Context {
        quoted: info.and_then(|info| quote(info, scene)),
        mentions: info.map(mentions).unwrap_or_default(),
        forwarded: info.filter(|info| info.is_forwarded == Some(true)).map(|info| info.forwarding_score.unwrap_or(1)),
        expires_in: info.and_then(|info| info.expiration).filter(|seconds| *seconds > 0),
        link_preview: preview(message),
        view_once: whole.is_view_once(),
        audience: Vec::new(),
        post: None,
    }
}

/// Adds it to a message that has its content.
pub(super) fn write(message: &mut wa::Message, draft: &Draft<'_>) {
    let context = draft.context;
    if let Some(preview) = &context.link_preview {
        show_link(message, preview);
    }
    let mut info = ContextInfo {
        mentioned_jid: context.mentions.iter().map(Jid::to_string).collect(),
        expiration: context.expires_in,
        ..Default::default()
    };
    if let Some(score) = context.forwarded {
        info.is_forwarded = Some(true);
        info.forwarding_score = Some(score);
    }
    if let Some(quote) = &context.quoted {
        answer(&mut info, quote, draft);
    }
    if info != ContextInfo::default() {
        message.set_context_info(info);
    }
}

fn quote(info: &ContextInfo, scene: &Scene) -> Option<Quote> {
    let id = info.stanza_id.as_deref().filter(|id| !id.is_empty())?;
    let message = reference::read_quoted(id, info.participant.as_deref(), scene);
    let content = info.quoted_message.as_option().and_then(|quoted| match content::read(quoted, scene) {
        content::Reading::Message(content) => Some(Box::new(content)),
        _ => None,
    });
    Some(Quote { message, content })
}

fn answer(info: &mut ContextInfo, quote: &Quote, draft: &Draft<'_>) {
    let author = quote.message.sender.as_ref().unwrap_or(draft.own);
    info.stanza_id = Some(quote.message.id.0.clone());
    info.participant = Some(author.jid.to_string());
    let quoted = quote.content.as_deref().and_then(|content| {
        let draft = Draft { content, context: &Context::default(), ..*draft };
        finish::body(&draft, None).ok()
    });
    if let Some(quoted) = quoted {
        info.quoted_message = MessageField::some(quoted);
    }
}

fn mentions(info: &ContextInfo) -> Vec<Jid> {
    info.mentioned_jid.iter().filter_map(|jid| jid.parse().ok()).collect()
}

fn preview(message: &wa::Message) -> Option<LinkPreview> {
    let text = message.extended_text_message.as_option()?;
    let said = |words: &Option<String>| words.clone().filter(|words| !words.is_empty());
    let url = said(&text.matched_text)?;
    Some(LinkPreview { url, title: said(&text.title), description: said(&text.description) })
}

fn show_link(message: &mut wa::Message, preview: &LinkPreview) {
    let text = wa::message::ExtendedTextMessage {
        text: message.conversation.take(),
        matched_text: Some(preview.url.clone()),
        title: preview.title.clone(),
        description: preview.description.clone(),
        ..Default::default()
    };
    message.extended_text_message = MessageField::some(text);
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
        poll_creation_message_v2, poll_creation_message_v3, poll_creation_message_v5, ptv_message,
    )
}
