//! Decrypted messages on their way into the log, and what became of those that the network delivers again.
//!
//! The engine stores a message here, hands it to the log, and removes it. A message that comes a second time can no
//! longer be decrypted, because its key was used; the engine then asks for the stored copy. There are three answers:
//!
//! - The copy is here: the process died before the log had it. The engine hands it in now.
//! - The log knows the message, or it was noted as something that is not for the log: a repetition, acknowledged.
//! - Neither: either its first copy still waits in the engine's memory for its commit, or the process died between the
//!   write of the ratchet and the write of the copy, which other chats' traffic can push apart. The answer is then an
//!   error, so that the network keeps the message; if it has not turned up a while later, it lives only with its
//!   sender, who is asked to encrypt it anew ([`Orphan`]).

use switchboard_model::MessageId;
use switchboard_store::messages;
use wacore::store::{
    error::StoreError as EngineStoreError,
    traits::{PendingInboundKey, PendingInboundRow},
};

use super::{
    SessionStore,
    error::{BackendError, Result, damaged},
    key,
    sent::split_stamp,
};

const PENDING: &str = "pending";
/// Messages that are no events: without a note their repetition would look like a loss.
const SETTLED: &str = "settled";

/// A message that only its sender still has, in the engine's own names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) chat: String,
    pub(crate) sender: String,
    pub(crate) id: String,
}

/// One that may be lost: looked for once more after a while.
#[derive(Debug)]
pub(crate) struct Missed {
    pub(crate) since: tokio::time::Instant,
    pub(crate) orphan: Orphan,
    /// The network has it no more.
    pub(crate) acknowledged: bool,
}

impl SessionStore {
    pub(super) async fn store_pending(&self, rows: &[PendingInboundRow<'_>]) -> Result<()> {
        self.note_heard();
        let rows = rows.iter().map(|row| self.stamped(pending_id(row.chat, row.sender, row.id), row.message));
        self.put_dated(PENDING, rows.collect()).await
    }

    pub(super) async fn pending(&self, chat: &str, sender: &str, id: &str) -> Result<Option<Vec<u8>>> {
        let row = pending_id(chat, sender, id);
        if let Some(bytes) = self.get(PENDING, &row).await? {
            let (_, message) = split_stamp(&bytes).ok_or_else(|| damaged("pending message"))?;
            return Ok(Some(message.to_vec()));
        }
        if self.is_done(&row, id).await? {
            return Ok(None);
        }
        let orphan = Orphan { chat: chat.to_owned(), sender: sender.to_owned(), id: id.to_owned() };
        self.miss(orphan, false);
        Err(EngineStoreError::Validation("the message was decrypted before but never stored".to_owned()))
    }

    pub(super) fn miss(&self, orphan: Orphan, acknowledged: bool) {
        let since = tokio::time::Instant::now();
        // The receiver lives as long as the client; after that nobody can ask anybody.
        let _ = self.orphans.send(Box::new(Missed { since, orphan, acknowledged }));
    }

    pub(super) async fn delete_pending_rows(&self, keys: &[PendingInboundKey<'_>]) -> Result<()> {
        self.delete(PENDING, keys.iter().map(|key| pending_id(key.chat, key.sender, key.id)).collect()).await
    }

    pub(super) async fn expire_pending(&self, cutoff: i64) -> Result<u32> {
        let settled = self.expire_stamped(SETTLED, cutoff).await?;
        Ok(self.expire_stamped(PENDING, cutoff).await? + settled)
    }

    /// Notes that repetitions of these need nothing more: they are not for the log, or past helping.
    pub(crate) async fn settle(&self, settled: &[Orphan]) -> std::result::Result<(), EngineStoreError> {
        let rows = settled.iter().map(|one| self.stamped(pending_id(&one.chat, &one.sender, &one.id), &[]));
        self.put_dated(SETTLED, rows.collect()).await
    }

    /// Whether it turned up after all: in the buffer, in the log, or among what is not for the log.
    pub(crate) async fn is_known(&self, orphan: &Orphan) -> Result<bool> {
        let row = pending_id(&orphan.chat, &orphan.sender, &orphan.id);
        Ok(self.get(PENDING, &row).await?.is_some() || self.is_done(&row, &orphan.id).await?)
    }

    /// Whether it is in the log, or not for it. What the engine has buffered it hands in when the network delivers once
    /// more, so that does not count where the network has nothing left to deliver.
    pub(crate) async fn is_settled(&self, orphan: &Orphan) -> Result<bool> {
        self.is_done(&pending_id(&orphan.chat, &orphan.sender, &orphan.id), &orphan.id).await
    }

    async fn is_done(&self, row: &str, id: &str) -> Result<bool> {
        Ok(self.get(SETTLED, row).await?.is_some() || self.is_logged(id).await?)
    }

    /// Ids are unique for one sender only, but they are random: the same one twice is the same message.
    async fn is_logged(&self, id: &str) -> Result<bool> {
        let found = messages::find(self.store.reader(), &self.session, &MessageId(id.to_owned())).await;
        Ok(!found.map_err(BackendError::from)?.is_empty())
    }
}

fn pending_id(chat: &str, sender: &str, id: &str) -> String {
    key(&format!("{chat}/{sender}/{id}"))
}
