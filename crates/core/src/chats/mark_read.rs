//! Telling people that their messages were read, and remembering it.

use std::collections::HashMap;

use switchboard_model::{Jid, Message, MessageId, SessionId};
use switchboard_store::{
    chats,
    messages::{self, MessageFilter},
};

use super::reading;
use crate::{Caller, Core, Error, caller::Scope, engine::Link};

/// So many messages are told of at once; older ones count as read all the same.
const MOST: u64 = 200;

impl Core {
    pub async fn mark_read(&self, caller: &Caller, session: &SessionId, id: &MessageId) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        let found = messages::find(self.store().reader(), session, id).await?;
        if found.is_empty() {
            return Err(Error::not_found("message", &id.0));
        }
        let received = found.into_iter().map(|row| row.message).find(|message| !message.from_me);
        let message = received.ok_or_else(|| Error::Conflict("this account wrote the message itself".to_owned()))?;
        link.mark_read(&message.chat.jid, Some(&message.sender.jid), std::slice::from_ref(id)).await?;
        self.has_read(message).await
    }

    /// Everything in a chat that is unread.
    pub async fn mark_chat_read(&self, caller: &Caller, session: &SessionId, chat: &Jid) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        let db = self.store().reader();
        let known = chats::find(db, session, chat).await?;
        let known = known.ok_or_else(|| Error::not_found("chat", chat.to_string()))?;
        let limit = u64::from(known.unread).min(MOST);
        let received = MessageFilter { chat: Some(chat.to_string()), from_me: Some(false), ..MessageFilter::default() };
        let filter = MessageFilter { conversation: true, ..received };
        let unread = if limit == 0 { Vec::new() } else { messages::page(db, session, &filter, limit).await? };
        let unread: Vec<Message> = unread.into_iter().map(|row| row.message).collect();
        tell(link.as_ref(), chat, &unread).await?;
        match unread.into_iter().next() {
            Some(newest) => self.has_read(newest).await,
            None => Ok(()),
        }
    }

    async fn has_read(&self, message: Message) -> Result<(), Error> {
        let now = self.now();
        let write = self.store().write(move |tx| {
            let message = message.clone();
            Box::pin(async move { reading::read(tx, &message, now).await })
        });
        Ok(write.await?)
    }
}

/// In a group each author hears of their own messages.
async fn tell(link: &dyn Link, chat: &Jid, unread: &[Message]) -> Result<(), Error> {
    let mut by_author: HashMap<&Jid, Vec<MessageId>> = HashMap::new();
    for message in unread {
        by_author.entry(&message.sender.jid).or_default().push(message.id.clone());
    }
    for (author, ids) in by_author {
        link.mark_read(chat, Some(author), &ids).await?;
    }
    Ok(())
}
