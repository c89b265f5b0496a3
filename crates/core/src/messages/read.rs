//! Reading messages back.

use switchboard_model::{Jid, Message, MessageId, MessageStatus, SessionId, Timestamp};
use switchboard_store::{
    messages::{self, MessageFilter, MessageRow},
    outbox,
};

use crate::{Caller, Core, Error, caller::Scope, paging};

/// A message and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageView {
    pub message: Message,
    pub status: MessageStatus,
    pub changed_at: Timestamp,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct MessageQuery {
    pub chat: Option<Jid>,
    pub status: Option<MessageStatus>,
    pub kind: Option<String>,
    pub from_me: Option<bool>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub before: Option<(Timestamp, MessageId)>,
    pub limit: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct MessagePage {
    pub messages: Vec<MessageView>,
    /// Where the next page begins, if this one was full.
    pub next: Option<(Timestamp, MessageId)>,
}

impl Core {
    /// What happened to one message.
    pub async fn message(&self, caller: &Caller, session: &SessionId, id: &MessageId) -> Result<MessageView, Error> {
        self.session_for(caller, session, Scope::Read).await?;
        let db = self.store().reader();
        let own = messages::find_own(db, session, id).await?;
        let found = match own {
            Some(row) => Some(row),
            None => messages::find(db, session, id).await?.into_iter().next(),
        };
        let mut view = MessageView::from(found.ok_or_else(|| Error::not_found("message", &id.0))?);
        if view.status == MessageStatus::Queued && outbox::is_sending(db, session, id).await? {
            view.status = MessageStatus::Sending;
        }
        Ok(view)
    }

    /// A page of a session's messages, newest first.
    pub async fn messages(
        &self,
        caller: &Caller,
        session: &SessionId,
        query: MessageQuery,
    ) -> Result<MessagePage, Error> {
        self.session_for(caller, session, Scope::Read).await?;
        let limit = paging::size(query.limit);
        let filter = MessageFilter {
            chat: query.chat.map(|chat| chat.to_string()),
            person: None,
            status: query.status,
            kind: query.kind,
            from_me: query.from_me,
            conversation: false,
            since: query.since,
            until: query.until,
            before: query.before,
        };
        let rows = messages::page(self.store().reader(), session, &filter, limit).await?;
        let next = paging::last_if_full(&rows, limit).map(|row| (row.message.timestamp, row.message.id.clone()));
        Ok(MessagePage { messages: rows.into_iter().map(MessageView::from).collect(), next })
    }
}

impl From<MessageRow> for MessageView {
    fn from(row: MessageRow) -> Self {
        let MessageRow { message, status, changed_at, reason } = row;
        Self { message, status, changed_at, reason }
    }
}
