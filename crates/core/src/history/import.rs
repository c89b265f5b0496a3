//! One piece of the past: read chat by chat, stored a few messages at a time.

use std::sync::Arc;

use switchboard_model::{EventBody, Later, Message, Party, SessionId, Timestamp};
use switchboard_store::{
    StoreError, Tx,
    chats::{self, ChatChange},
    history::{self, Done, PieceRow},
    messages,
};
use tokio::{sync::mpsc, task::JoinHandle, time::Instant};

use crate::{
    Core,
    engine::{EngineError, PastChat, PastMessage, PastState},
    events::emit,
};

/// Messages in one commit: others wait meanwhile.
const CHUNK: usize = 10;
/// After so many chats and messages it is noted how far a piece came. That costs as much as writing all of it again.
const NOTED: usize = 1000;

/// One piece on its way into the database.
pub(super) struct Import<'c> {
    core: &'c Core,
    session: &'c SessionId,
    /// What is older would be forgotten at once.
    oldest: Option<Timestamp>,
    chats: u64,
    messages: u64,
    /// What a restart would do once more.
    unnoted: usize,
}

impl<'c> Import<'c> {
    pub(super) fn new(core: &'c Core, session: &'c SessionId, oldest: Option<Timestamp>) -> Self {
        Self { core, session, oldest, chats: 0, messages: 0, unnoted: 0 }
    }

    /// Tells what made it unreadable, if anything did.
    pub(super) async fn piece(&mut self, own: &Party, piece: &PieceRow) -> Result<Result<(), EngineError>, StoreError> {
        let (mut past, reading) = self.read_apart(own.clone(), piece.body.clone());
        let mut done = Done::default();
        while let Some(chat) = past.recv().await {
            let chat = match chat {
                Ok(chat) => chat,
                Err(error) => return Ok(Err(error)),
            };
            if done.chats >= piece.done.chats {
                let skip = if done.chats == piece.done.chats { piece.done.messages } else { 0 };
                done.messages = skip;
                self.chat(&piece.id, chat, &mut done).await?;
            }
            done = Done { chats: done.chats + 1, messages: 0 };
        }
        reading.await.map(Ok).map_err(|error| StoreError::Panicked(error.to_string()))
    }

    /// Chats can be long, so they are read on a thread that may be kept, one ahead of who takes them.
    fn read_apart(&self, own: Party, body: Vec<u8>) -> (mpsc::Receiver<Result<PastChat, EngineError>>, JoinHandle<()>) {
        let (chats, read) = mpsc::channel(1);
        let engine = Arc::clone(&self.core.0.engine);
        let reading = tokio::task::spawn_blocking(move || match engine.read_history(&own, &body) {
            Ok(mut past) => while past.next().is_some_and(|chat| chats.blocking_send(chat).is_ok()) {},
            Err(error) => drop(chats.blocking_send(Err(error))),
        });
        (read, reading)
    }

    async fn chat(&mut self, piece: &str, mut chat: PastChat, done: &mut Done) -> Result<(), StoreError> {
        let messages = std::mem::take(&mut chat.messages);
        let skipped = usize::try_from(done.messages).unwrap_or(usize::MAX).min(messages.len());
        for chunk in messages[skipped..].chunks(CHUNK) {
            let begun = Instant::now();
            done.messages += chunk.len() as u64;
            let noted = self.noteworthy(chunk.len(), *done);
            self.messages += self.write(piece, chunk, noted).await?;
            // Four fifths of the time belong to the others.
            tokio::time::sleep(4 * begun.elapsed()).await;
        }
        self.chats += 1;
        let noted = self.noteworthy(1, Done { chats: done.chats + 1, messages: 0 });
        self.note(piece, chat, noted).await
    }

    /// How far it came, where enough has been done since that was noted.
    fn noteworthy(&mut self, more: usize, done: Done) -> Option<Done> {
        self.unnoted += more;
        let noted = (self.unnoted >= NOTED).then_some(done);
        if noted.is_some() {
            self.unnoted = 0;
        }
        noted
    }

    /// Stores what is not known yet, in one commit; tells how many were new. Nothing of a piece that is gone: the session
    /// was linked to another account meanwhile.
    async fn write(&self, piece: &str, chunk: &[PastMessage], noted: Option<Done>) -> Result<u64, StoreError> {
        let wanted = |one: &&PastMessage| self.oldest.is_none_or(|oldest| one.message.timestamp >= oldest);
        let rows = chunk.iter().filter(wanted).map(|one| (message(self.session, one), one.status));
        let order = Arc::new((self.session.clone(), piece.to_owned(), rows.collect::<Vec<_>>()));
        let write = self.core.store().write_bulk(move |tx| {
            let order = Arc::clone(&order);
            Box::pin(async move {
                let (session, piece, rows) = &*order;
                if !history::is_left(tx, session, piece).await? {
                    return Ok(0);
                }
                let mut new = 0;
                for (message, status) in rows {
                    new += u64::from(messages::insert_new(tx, message, *status).await?);
                }
                note_done(tx, session, piece, noted).await.map(|()| new)
            })
        });
        write.await
    }

    async fn note(&self, piece: &str, chat: PastChat, noted: Option<Done>) -> Result<(), StoreError> {
        let order = Arc::new((self.session.clone(), piece.to_owned(), chat));
        let write = self.core.store().write_bulk(move |tx| {
            let order = Arc::clone(&order);
            Box::pin(async move {
                let (session, piece, chat) = &*order;
                if !history::is_left(tx, session, piece).await? {
                    return Ok(());
                }
                note(tx, session, chat).await?;
                note_done(tx, session, piece, noted).await
            })
        });
        write.await
    }

    /// Whoever removes the piece tells of it: only one can.
    pub(super) async fn finish(self, piece: PieceRow) -> Result<(), StoreError> {
        let PieceRow { id, kind, progress, .. } = piece;
        let (session, now) = (self.session.clone(), self.core.now());
        let body = EventBody::HistoryProgress { kind, progress, chats: self.chats, messages: self.messages };
        let write = self.core.store().write(move |tx| {
            let (session, id, body) = (session.clone(), id.clone(), body.clone());
            Box::pin(async move {
                if history::remove(tx, &session, &id).await? {
                    emit(tx, &session, now, &body).await?;
                }
                Ok(())
            })
        });
        write.await
    }
}

async fn note_done(tx: &mut Tx, session: &SessionId, piece: &str, noted: Option<Done>) -> Result<(), StoreError> {
    match noted {
        Some(done) => history::set_done(tx, session, piece, done).await,
        None => Ok(()),
    }
}

async fn note(tx: &mut Tx, session: &SessionId, chat: &PastChat) -> Result<(), StoreError> {
    if let Some(last_at) = chat.last_at {
        chats::existed(tx, session, &chat.party, last_at).await?;
    }
    if let Some(state) = chat.state {
        let PastState { unread, archived, pinned, muted } = state;
        let change =
            ChatChange { unread: Some(unread), archived: Some(archived), pinned: Some(pinned), muted: Some(muted) };
        chats::change(tx, session, &chat.party, &change).await?;
    }
    match &chat.name {
        Some(name) => chats::named(tx, session, &chat.party, name, false).await,
        None => Ok(()),
    }
}

fn message(session: &SessionId, past: &PastMessage) -> Message {
    let one = past.message.clone();
    Message {
        id: one.id,
        session: session.clone(),
        chat: one.chat,
        sender: one.sender,
        from_me: one.from_me,
        timestamp: one.timestamp,
        push_name: one.push_name,
        content: one.content,
        context: one.context,
        later: Later { starred: past.starred, from_history: true, ..Later::default() },
    }
}
