//! Posts of newsletters. To those who read them all are written by the newsletter itself, and what becomes of a post
//! later comes under the post's own id.

use sha2::{Digest, Sha256};
use switchboard_core::engine::Inbound;
use switchboard_model::{Content, Context, Jid, MessageId, MessageRef, Party, Post, ReactionCount, Timestamp};
use wacore::types::message::EditAttribute;
use whatsapp_rust::{Client, NewsletterMessage, types::message::MessageInfo};

use super::{
    content::{self, Reading},
    context,
    inbound::own,
    reference::Scene,
};

/// A post as the newsletter's history shows it.
pub(crate) fn past_post(client: &Client, newsletter: &Jid, past: NewsletterMessage) -> Post {
    let chat = Party::from(newsletter.clone());
    let scene = Scene { sender: chat.clone(), chat, own: own(client), from_me: false };
    let number = past.server_id;
    let (content, context) = match &past.message {
        Some(message) => match content::read(message, &scene) {
            Reading::Message(content) => (content, context::read(message, &scene)),
            _ => (Content::Unknown { kind: past.message_type.as_str().to_owned() }, Context::default()),
        },
        None => (Content::Deleted {}, Context::default()),
    };
    let reactions = past.reactions.into_iter().map(|one| ReactionCount { emoji: one.code, count: one.count });
    Post {
        number,
        id: Some(MessageId(past.message_id)).filter(|id| !id.0.is_empty()),
        at: Timestamp::from_secs(i64::try_from(past.timestamp).unwrap_or_default()),
        from_me: past.is_sender,
        content,
        context: Context { post: Some(number), ..context },
        reactions: reactions.collect(),
    }
}

/// A deletion carries nothing, and the engine passes over what carries nothing.
pub(crate) fn deleted_post(newsletter: Party, post: &str, at: Timestamp) -> Inbound {
    Inbound {
        id: MessageId(format!("{post}.deleted")),
        sender: newsletter.clone(),
        chat: newsletter,
        from_me: false,
        timestamp: at,
        push_name: None,
        content: Content::Revoke { target: MessageRef::named(MessageId(post.to_owned())) },
        context: Context::default(),
    }
}

/// Gives a post its number; tells a change of an earlier one as what it is, under an id of its own.
pub(super) fn as_post(message: Inbound, info: &MessageInfo) -> Inbound {
    if !matches!(message.chat.jid, Jid::Newsletter(_)) {
        return message;
    }
    let target = MessageRef::named(message.id.clone());
    match (&info.edit, &message.content) {
        (EditAttribute::AdminRevoke, _) => deleted_post(message.chat, &message.id.0, message.timestamp),
        (EditAttribute::AdminEdit, content) => {
            let Some(text) = content.text().map(str::to_owned) else { return message };
            // The same words again are the same change.
            let digest = hex::encode(&Sha256::digest(&text)[..6]);
            let id = MessageId(format!("{}.{digest}", message.id));
            Inbound { id, content: Content::Edit { target, text }, context: Context::default(), ..message }
        }
        _ => {
            let post = u64::try_from(info.server_id).ok().filter(|number| *number > 0);
            Inbound { context: Context { post, ..message.context }, ..message }
        }
    }
}
