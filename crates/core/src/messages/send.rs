//! Accepting a message: from here on it is sent, whatever happens to this process.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use sha2::{Digest, Sha256};
use switchboard_model::{
    Content, Context, Jid, Later, Message, MessageId, MessageStatus, Party, Session, SessionId, SessionState, Timestamp,
};
use switchboard_store::{
    StoreError, Tx, chats,
    idempotency::{self, Used},
    messages::{self, MessageFilter},
    outbox::{self, OutboxRow, Priority},
};

use super::{
    MessageView,
    check::{check_audience, check_content},
    post::check_post,
    waiters::Waiting,
};
use crate::{Caller, Core, Error, caller::Scope, engine, reach::not_connected, replicas::News};

/// A message within this time after one from the other party is a reply.
const REPLY_WITHIN: Duration = Duration::from_secs(120);

#[derive(Clone, Debug)]
pub struct SendMessage {
    pub to: Jid,
    pub content: Content,
    /// What goes along; a message to reply to is only named here.
    pub context: Context,
    /// Repeating a request under the same key sends nothing twice.
    pub idempotency_key: Option<String>,
    /// Refuse instead of queueing while the session is not connected.
    pub only_when_connected: bool,
}

/// A message in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    pub id: MessageId,
    pub chat: Jid,
    pub at: Timestamp,
    /// It was accepted before, under the same idempotency key.
    pub repeated: bool,
}

impl Core {
    /// Accepts a message into the ledger. It is stored, with all it needs to be sent, before this returns.
    pub async fn send(&self, caller: &Caller, session: &SessionId, mut order: SendMessage) -> Result<Accepted, Error> {
        let session = self.session_for(caller, session, Scope::Send).await?;
        let used = order.idempotency_key.as_ref().map(|key| (hash(&[key.as_bytes()]), fingerprint(&order)));
        // First, because whoever repeats a request often does so when the session has dropped meanwhile.
        if let Some(before) = self.accepted_before(&session, &order.to, used.as_ref()).await? {
            return Ok(before);
        }
        check_state(&session, order.only_when_connected)?;
        check_content(&order.content, &order.context)?;
        check_audience(&order.to, &order.content, &order.context)?;
        check_post(&order.to, &order.content, &order.context)?;
        self.resolve(&session, &order.to, &mut order.content, &mut order.context).await?;
        let draft = self.draft(&session, order, used).await?;
        self.0.recent.note(&draft.message);
        let accepted = self.accept(draft).await?;
        self.wake_sender(&session.id);
        Ok(accepted)
    }

    /// Whichever gateway runs the session has something to send.
    fn wake_sender(&self, session: &SessionId) {
        if self.0.keepers.is_running(session) {
            self.0.keepers.poke(session);
        } else {
            self.tell(News::Waiting(session.clone()));
        }
    }

    /// Waits until the network answered for a message, at most `limit`; then tells how far it came.
    pub async fn fate(
        &self,
        caller: &Caller,
        session: &SessionId,
        id: &MessageId,
        limit: Duration,
    ) -> Result<MessageView, Error> {
        let mut changed = self.0.waiters.subscribe(session, id);
        let view = self.message(caller, session, id).await?;
        if view.status > MessageStatus::Sending {
            return Ok(view);
        }
        let _ = tokio::time::timeout(limit, self.until_answered(&mut changed, session, id)).await;
        self.message(caller, session, id).await
    }

    /// What another gateway sends is answered there: seen here by its event.
    async fn until_answered(&self, changed: &mut Waiting<'_>, session: &SessionId, id: &MessageId) {
        let mut newest = self.store().subscribe();
        loop {
            tokio::select! {
                () = changed.changed() => return,
                _ = newest.changed(), if !self.0.keepers.is_running(session) => {}
            }
            let status = self.message(&Caller::System, session, id).await.map(|view| view.status);
            if status.is_ok_and(|status| status > MessageStatus::Sending) {
                return;
            }
        }
    }

    /// Takes back a message that no attempt has begun for.
    pub async fn cancel(&self, caller: &Caller, session: &SessionId, id: &MessageId) -> Result<MessageView, Error> {
        let row = self.session_for(caller, session, Scope::Send).await?;
        let view = self.message(caller, session, id).await?;
        let (id, now) = (id.clone(), self.now());
        let cancelled = self
            .store()
            .write(move |tx| {
                let (session, id) = (row.id.clone(), id.clone());
                Box::pin(async move { cancel(tx, &session, &id, now).await })
            })
            .await?;
        if !cancelled && view.status != MessageStatus::Cancelled {
            return Err(Error::Conflict(format!(
                "the message is {} already and cannot be taken back",
                view.status.as_str()
            )));
        }
        self.0.waiters.wake(session, &view.message.id);
        self.message(caller, session, &view.message.id).await
    }

    /// Everything that is decided before the ledger is asked.
    async fn draft(
        &self,
        session: &Session,
        order: SendMessage,
        used: Option<(String, String)>,
    ) -> Result<Draft, Error> {
        let own = Party::person(session.phone.clone(), session.lid.clone());
        let to = order.to;
        let message = Message {
            id: self.0.engine.message_id(),
            session: session.id.clone(),
            sender: own.unwrap_or_else(|| Party::from(to.clone())),
            chat: self.whole(&session.id, &to).await?,
            from_me: true,
            timestamp: self.now(),
            push_name: None,
            content: order.content,
            context: order.context,
            later: Later::default(),
        };
        let finished = self.0.engine.finish(&unfinished(&message, &to)).await?;
        let paced = self.settings().pacing.per_minute.is_some();
        Ok(Draft { message, to, finished, used, place: next_place(self.now()), paced })
    }

    /// Whom an address belongs to, as incoming messages tell it: a LID with the phone number where that is known. For
    /// all others nothing is looked up.
    async fn whole(&self, session: &SessionId, to: &Jid) -> Result<Party, Error> {
        Ok(chats::completed(self.store().reader(), session, &Party::from(to.clone())).await?)
    }

    /// A request carried out already is answered as it was then, whatever became of what it refers to.
    async fn accepted_before(
        &self,
        session: &Session,
        to: &Jid,
        used: Option<&(String, String)>,
    ) -> Result<Option<Accepted>, Error> {
        let Some((key, fingerprint)) = used else { return Ok(None) };
        match idempotency::find(self.store().reader(), &session.id, key).await? {
            None => Ok(None),
            Some(before) if before.fingerprint != *fingerprint => Err(key_reused()),
            Some(before) => {
                let chat = self.whole(&session.id, to).await?.jid;
                Ok(Some(Accepted { id: before.message, chat, at: before.at, repeated: true }))
            }
        }
    }

    /// A text of the gateway's own, to be written to the ledger together with the change that it follows from.
    pub(crate) async fn draft_text(&self, session: &Session, to: Jid, text: String) -> Result<Draft, Error> {
        let (content, context) = (Content::Text { text }, Context::default());
        let order = SendMessage { to, content, context, idempotency_key: None, only_when_connected: false };
        self.draft(session, order, None).await
    }

    async fn accept(&self, draft: Draft) -> Result<Accepted, Error> {
        let accepted = Accepted {
            id: draft.message.id.clone(),
            chat: draft.message.chat.jid.clone(),
            at: draft.message.timestamp,
            repeated: false,
        };
        let before = self
            .store()
            .try_write(move |tx| {
                let draft = draft.clone();
                Box::pin(async move { draft.write(tx).await })
            })
            .await?;
        Ok(match before {
            Some(Used { message: id, at, .. }) => Accepted { id, at, repeated: true, ..accepted },
            None => accepted,
        })
    }
}

fn unfinished<'m>(message: &'m Message, to: &'m Jid) -> engine::Draft<'m> {
    engine::Draft {
        session: &message.session,
        chat: to,
        own: &message.sender,
        at: message.timestamp,
        content: &message.content,
        context: &message.context,
    }
}

/// A message that is decided about but not in the ledger yet.
#[derive(Clone)]
pub(crate) struct Draft {
    message: Message,
    /// The address that was asked for: to the network it is that one.
    to: Jid,
    finished: Vec<u8>,
    /// Hashes of the idempotency key and of the request.
    used: Option<(String, String)>,
    place: i64,
    /// Where nothing waits there is no queue to jump.
    paced: bool,
}

impl Draft {
    /// Stores the message and its ledger row; or returns what the same request made before.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<Option<Used>, Error> {
        let Message { session, id, timestamp, .. } = &self.message;
        if let Some((key, fingerprint)) = &self.used {
            let used = Used { fingerprint: fingerprint.clone(), message: id.clone(), at: *timestamp };
            if let Some(before) = idempotency::remember(tx, session, key, &used).await? {
                return if before.fingerprint == *fingerprint { Ok(Some(before)) } else { Err(key_reused()) };
            }
        }
        messages::insert_new(tx, &self.message, MessageStatus::Queued).await?;
        chats::written(tx, &self.message).await?;
        let row = OutboxRow { id: id.clone(), chat: self.to.clone(), finished: self.finished.clone(), attempts: 0 };
        let priority = if self.paced { self.priority(tx).await? } else { Priority::Normal };
        outbox::insert(tx, session, &row, self.place, priority).await?;
        Ok(None)
    }

    /// Whoever wrote a moment ago waits for an answer.
    async fn priority(&self, tx: &mut Tx) -> Result<Priority, StoreError> {
        let filter = MessageFilter {
            chat: Some(self.message.chat.jid.to_string()),
            from_me: Some(false),
            ..MessageFilter::default()
        };
        let newest = messages::page(tx, &self.message.session, &filter, 1).await?;
        let recent =
            newest.first().is_some_and(|row| self.message.timestamp.since(row.message.timestamp) < REPLY_WITHIN);
        Ok(if recent { Priority::Reply } else { Priority::Normal })
    }
}

async fn cancel(tx: &mut Tx, session: &SessionId, id: &MessageId, now: Timestamp) -> Result<bool, StoreError> {
    if !outbox::cancel(tx, session, id).await? {
        return Ok(false);
    }
    messages::advance(tx, session, id, MessageStatus::Cancelled, now, None).await?;
    crate::sessions::record::changed(tx, session, id, MessageStatus::Cancelled, None, now).await?;
    Ok(true)
}

fn check_state(session: &Session, only_when_connected: bool) -> Result<(), Error> {
    match &session.state {
        state if state.is_connected() => Ok(()),
        SessionState::LoggedOut { .. } | SessionState::HandedOver { .. } => Err(not_connected(session)),
        _ if only_when_connected => Err(not_connected(session)),
        state if !session.linked => Err(Error::NotConnected(format!(
            "session {} is {} and not linked to an account: pair it before sending",
            session.id,
            state.word()
        ))),
        _ => Ok(()),
    }
}

fn key_reused() -> Error {
    Error::Conflict("this Idempotency-Key was used for a different request: choose a new key".to_owned())
}

fn fingerprint(order: &SendMessage) -> String {
    // A file is the same by its digest, wherever the network put it this time.
    let mut content = order.content.clone();
    if let Some(media) = content.media_mut() {
        media.remote = None;
    }
    let content = serde_json::to_vec(&content).unwrap_or_default();
    let context = serde_json::to_vec(&order.context).unwrap_or_default();
    hash(&[order.to.to_string().as_bytes(), &content, &context])
}

fn hash(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hex::encode(hasher.finalize())
}

/// A ledger place behind every one given out before, across restarts too: the time in microseconds, never twice.
fn next_place(now: Timestamp) -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let now = now.millis().saturating_mul(1000);
    let next = |last: i64| now.max(last + 1);
    LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(next(last))).map_or(now, next)
}
