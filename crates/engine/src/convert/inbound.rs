//! A decrypted message with who, where and when.

use switchboard_core::engine::Inbound;
use switchboard_model::{Content, MessageId, Party, Timestamp};
use whatsapp_rust::{Client, Server, types::message::MessageInfo};

use super::party::{complete, party};

/// `None` when the chat or the author is something that the gateway has no word for.
pub(crate) async fn inbound(client: &Client, info: &MessageInfo, content: Content) -> Option<Inbound> {
    let source = &info.source;
    let sender = match own(client).filter(|_| source.is_from_me) {
        Some(own) => own,
        None => complete(client, party(&source.sender, source.sender_alt.as_ref())?).await,
    };
    let chat = complete(client, chat(info, &sender)?).await;
    Some(Inbound {
        id: MessageId(info.id.clone()),
        chat,
        sender,
        from_me: source.is_from_me,
        timestamp: Timestamp::from_millis(info.timestamp.timestamp_millis()),
        push_name: Some(info.push_name.clone()).filter(|name| !name.is_empty() && !source.is_from_me),
        content,
    })
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
fn own(client: &Client) -> Option<Party> {
    let (pn, lid) = (client.pn(), client.lid());
    match (pn, lid) {
        (Some(pn), lid) => party(&pn, lid.as_ref()),
        (None, Some(lid)) => party(&lid, None),
        (None, None) => None,
    }
}
