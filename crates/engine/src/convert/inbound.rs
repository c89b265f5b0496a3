//! A decrypted message with who, where and when.

use std::{sync::Arc, time::Duration};

use switchboard_core::engine::Inbound;
use switchboard_model::{Content, MessageId, Party, Timestamp};
use waproto::whatsapp as wa;
use whatsapp_rust::{Client, Server, types::message::MessageInfo};

use super::{
    content::{self, Reading},
    context,
    party::{complete, party},
    poll::{self, SealedVote},
    post::as_post,
    reference::Scene,
};
use crate::backend::{SessionStore, names};

/// A secret is written a moment after the message that it came with.
const SECRET_TRIES: u32 = 3;
const SECRET_PAUSE: Duration = Duration::from_millis(50);

/// `None` when it is no message, or when the chat or the author is something that the gateway has no word for.
pub(crate) async fn inbound(
    client: &Client,
    backend: &Arc<SessionStore>,
    info: &MessageInfo,
    message: &wa::Message,
) -> Option<Inbound> {
    let scene = scene(client, info).await?;
    let content = match content::read(message, &scene) {
        Reading::Message(content) => content,
        Reading::Vote(vote) => open(backend, vote, &scene).await,
        Reading::Plumbing => return None,
    };
    let context = context::read(message, &scene);
    let message = Inbound {
        id: MessageId(info.id.clone()),
        chat: scene.chat,
        sender: scene.sender,
        from_me: scene.from_me,
        timestamp: Timestamp::from_millis(info.timestamp.timestamp_millis()),
        push_name: Some(info.push_name.clone()).filter(|name| !name.is_empty() && !info.source.is_from_me),
        content,
        context,
    };
    Some(as_post(message, info))
}

async fn scene(client: &Client, info: &MessageInfo) -> Option<Scene> {
    let (source, own) = (&info.source, own(client));
    let sender = match own.clone().filter(|_| source.is_from_me) {
        Some(own) => own,
        None => complete(client, party(&source.sender, source.sender_alt.as_ref())?).await,
    };
    let chat = complete(client, chat(info, &sender)?).await;
    Some(Scene { chat, sender, own, from_me: source.is_from_me })
}

/// A vote that nobody here can open is told by its name.
async fn open(backend: &SessionStore, vote: SealedVote, scene: &Scene) -> Content {
    let creator = names(vote.poll.sender.as_ref().unwrap_or(&scene.sender));
    for _ in 0..SECRET_TRIES {
        if let Ok(Some(secret)) = backend.secret_of(&names(&scene.chat), &creator, &vote.poll.id).await {
            let opened = poll::open(&vote, &secret, &scene.sender).map(Content::PollVote);
            return opened.unwrap_or(Content::Unknown { kind: "poll_update_message".to_owned() });
        }
        tokio::time::sleep(SECRET_PAUSE).await;
    }
    Content::Unknown { kind: "poll_update_message".to_owned() }
}

/// In a conversation of two with another person the chat is that person, under all of its names. What comes through
/// a broadcast list belongs to the conversation with its author.
fn chat(info: &MessageInfo, sender: &Party) -> Option<Party> {
    let source = &info.source;
    let list = source.chat.server == Server::Broadcast && source.chat.user != "status";
    let direct = !source.is_from_me && source.chat.is_same_chat_as(&source.sender);
    if direct || (list && !source.is_from_me) {
        return Some(sender.clone());
    }
    let other = source.recipient_alt.as_ref().or(info.peer_recipient_pn.as_ref());
    party(&source.chat, other)
}

/// This account's own names.
pub(super) fn own(client: &Client) -> Option<Party> {
    let (pn, lid) = (client.pn(), client.lid());
    match (pn, lid) {
        (Some(pn), lid) => party(&pn, lid.as_ref()),
        (None, Some(lid)) => party(&lid, None),
        (None, None) => None,
    }
}
