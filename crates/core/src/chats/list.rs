//! The conversations of a session, each with its newest message.

use switchboard_model::{Chat, ChatKind, Jid, SessionId, Timestamp};
use switchboard_store::{
    chats::{self, ChatFilter, ChatRow},
    labels,
    messages::{self, MessageFilter},
};

use crate::{Caller, Core, Error, MessageView, caller::Scope, paging};

#[derive(Clone, Debug, PartialEq)]
pub struct ChatView {
    pub chat: Chat,
    /// The newest message, as far as it is kept.
    pub last: Option<MessageView>,
    /// The ids of the labels on it.
    pub labels: Vec<String>,
}

/// Which chats someone wants; what is absent does not restrict them.
#[derive(Clone, Debug, Default)]
pub struct ChatQuery {
    /// With something unread, or without.
    pub unread: Option<bool>,
    pub archived: Option<bool>,
    pub pinned: Option<bool>,
    pub kind: Option<ChatKind>,
    /// Those that this label is on.
    pub label: Option<String>,
    pub before: Option<(Timestamp, String)>,
    pub limit: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct ChatPage {
    pub chats: Vec<ChatView>,
    /// Where the next page begins, if this one was full.
    pub next: Option<(Timestamp, String)>,
}

impl Core {
    /// A page of a session's conversations, the one last written in first.
    pub async fn chats(&self, caller: &Caller, session: &SessionId, query: ChatQuery) -> Result<ChatPage, Error> {
        self.session_for(caller, session, Scope::Read).await?;
        let limit = paging::size(query.limit);
        let ChatQuery { unread, archived, pinned, kind, label, before, .. } = query;
        let filter = ChatFilter { unread, archived, pinned, kind, label, before };
        let rows = chats::page(self.store().reader(), session, &filter, limit).await?;
        let next = paging::last_if_full(&rows, limit).map(place);
        let mut page = Vec::with_capacity(rows.len());
        for row in rows {
            page.push(self.with_newest(session, row.chat).await?);
        }
        Ok(ChatPage { chats: page, next })
    }

    /// One conversation.
    pub async fn chat(&self, caller: &Caller, session: &SessionId, chat: &Jid) -> Result<ChatView, Error> {
        self.session_for(caller, session, Scope::Read).await?;
        let found = chats::find(self.store().reader(), session, chat).await?;
        self.with_newest(session, found.ok_or_else(|| Error::not_found("chat", chat.to_string()))?).await
    }

    pub(super) async fn with_newest(&self, session: &SessionId, chat: Chat) -> Result<ChatView, Error> {
        let of_chat = Some(chat.party.jid.to_string());
        let filter = MessageFilter { chat: of_chat, conversation: true, ..MessageFilter::default() };
        let newest = messages::page(self.store().reader(), session, &filter, 1).await?;
        let labels = labels::of_chat(self.store().reader(), session, &chat.party.jid).await?;
        Ok(ChatView { chat, last: newest.into_iter().next().map(MessageView::from), labels })
    }
}

fn place(row: &ChatRow) -> (Timestamp, String) {
    (row.chat.last_at.unwrap_or(Timestamp::from_millis(0)), row.key.clone())
}
