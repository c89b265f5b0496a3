//! What is decided about chats and messages: here, told to the account's other devices; or there, and told to us.

use switchboard_model::{Chat, EventBody, Jid, Message, MessageId, Mute, Party, SessionId, Timestamp};
use switchboard_store::{
    StoreError, Tx,
    chats::{self, ChatChange},
    messages,
};

use super::ChatView;
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{ChatDecision, ChatNews, ChatTurn, Starred},
    events::emit,
};

/// What is absent stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChangeChat {
    pub archived: Option<bool>,
    pub pinned: Option<bool>,
    pub muted: Option<Mute>,
    /// To be marked as unread, or as read without telling the authors.
    pub unread: Option<bool>,
}

impl Core {
    /// Decides something about a chat, for all devices of the account.
    pub async fn change_chat(
        &self,
        caller: &Caller,
        session: &SessionId,
        chat: &Jid,
        change: ChangeChat,
    ) -> Result<ChatView, Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        let known = self.known_chat(session, chat).await?;
        check_mute(change.muted, self.now())?;
        for decision in change.decisions() {
            link.decide(&known.party.jid, decision).await?;
            let turn = ChatTurn::Decided(decision);
            self.note_news(session, ChatNews { chat: known.party.clone(), turn, old: false }).await?;
        }
        let chat = self.known_chat(session, chat).await?;
        self.with_newest(session, chat).await
    }

    /// Puts a message among the favourites, or takes it from there, for all devices of the account.
    pub async fn star(&self, caller: &Caller, session: &SessionId, id: &MessageId, starred: bool) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        let found = messages::find(self.store().reader(), session, id).await?.into_iter().next();
        let message = found.ok_or_else(|| Error::not_found("message", &id.0))?.message;
        let Message { chat, sender, from_me, .. } = message;
        let order = Starred { chat: chat.jid.clone(), sender: sender.jid, id: id.clone(), from_me };
        link.star(&order, starred).await?;
        let turn = ChatTurn::Starred { id: id.clone(), starred };
        self.note_news(session, ChatNews { chat, turn, old: false }).await
    }

    async fn known_chat(&self, session: &SessionId, chat: &Jid) -> Result<Chat, Error> {
        let found = chats::find(self.store().reader(), session, chat).await?;
        found.ok_or_else(|| Error::not_found("chat", chat.to_string()))
    }

    async fn note_news(&self, session: &SessionId, news: ChatNews) -> Result<(), Error> {
        let (order, now) = ((session.clone(), news), self.now());
        let write = self.store().write(move |tx| {
            let (session, news) = order.clone();
            Box::pin(async move { note(tx, &session, &news, now).await })
        });
        Ok(write.await?)
    }
}

/// Writes down what was decided. What is known already is no news.
pub(crate) async fn note(tx: &mut Tx, session: &SessionId, news: &ChatNews, now: Timestamp) -> Result<(), StoreError> {
    let changed = match &news.turn {
        ChatTurn::Named(name) => return chats::named(tx, session, &news.chat, name, true).await,
        ChatTurn::Starred { id, starred } => return note_star(tx, session, &news.chat, id, *starred, now).await,
        ChatTurn::Decided(decision) => decide(tx, session, &news.chat, *decision).await?,
    };
    match changed {
        Some(chat) if !news.old => emit(tx, session, now, &EventBody::ChatUpdated(chat)).await,
        _ => Ok(()),
    }
}

async fn decide(
    tx: &mut Tx,
    session: &SessionId,
    chat: &Party,
    decision: ChatDecision,
) -> Result<Option<Chat>, StoreError> {
    let mut change = ChatChange::default();
    match decision {
        ChatDecision::Archived(archived) => change.archived = Some(archived),
        ChatDecision::Pinned(pinned) => change.pinned = Some(pinned),
        ChatDecision::Muted(mute) => change.muted = Some(mute),
        ChatDecision::Read(true) => change.unread = Some(0),
        // How many there are is not said: one at least.
        ChatDecision::Read(false) => {
            let unread = chats::find(tx, session, &chat.jid).await?.map_or(0, |chat| chat.unread);
            change.unread = Some(unread.max(1));
        }
    }
    chats::change(tx, session, chat, &change).await
}

async fn note_star(
    tx: &mut Tx,
    session: &SessionId,
    chat: &Party,
    id: &MessageId,
    starred: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    for row in messages::find(tx, session, id).await? {
        let mut message = row.message;
        if message.later.starred != starred && message.chat.is_same_as(chat) {
            message.later.starred = starred;
            messages::rewrite(tx, &message).await?;
            let body = EventBody::MessageStarred { id: id.clone(), chat: message.chat, starred };
            emit(tx, session, now, &body).await?;
        }
    }
    Ok(())
}

impl ChangeChat {
    fn decisions(self) -> impl Iterator<Item = ChatDecision> {
        [
            self.archived.map(ChatDecision::Archived),
            self.pinned.map(ChatDecision::Pinned),
            self.muted.map(ChatDecision::Muted),
            self.unread.map(|unread| ChatDecision::Read(!unread)),
        ]
        .into_iter()
        .flatten()
    }
}

fn check_mute(mute: Option<Mute>, now: Timestamp) -> Result<(), Error> {
    match mute {
        Some(Mute::Until(end)) if end <= now => Err(Error::invalid("muted_until", "is not in the future")),
        _ => Ok(()),
    }
}
