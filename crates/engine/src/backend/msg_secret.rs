//! The secrets of messages, which votes, edits and comments on them are sealed with.

use std::sync::Arc;

use async_trait::async_trait;
use switchboard_model::{MessageId, Party, SessionId};
use switchboard_store::{Conn, StoreError, auth_state};
use wacore::store::traits::{
    MessageSecret, MsgSecretEntry, MsgSecretStore, merge_msg_secret_expiry, merge_msg_secret_message_ts,
};

use super::{
    SessionStore,
    error::{Result, damaged},
    key,
    writing::dated,
};

const MSG_SECRET: &str = "msg_secret";

/// 32 bytes of secret, then two times of eight.
struct Stored {
    secret: MessageSecret,
    expires_at: i64,
    message_ts: i64,
}

#[async_trait]
impl MsgSecretStore for SessionStore {
    async fn put_msg_secrets(&self, entries: Vec<MsgSecretEntry>) -> Result<usize> {
        let count = entries.len();
        let rows: Arc<Vec<(String, Stored)>> = Arc::new(entries.iter().map(row).collect());
        let ids: Arc<Vec<String>> = Arc::new(rows.iter().map(|(id, _)| id.clone()).collect());
        self.write(move |mut w| {
            let (rows, ids) = (Arc::clone(&rows), Arc::clone(&ids));
            Box::pin(async move {
                let mut known = w.get_many(MSG_SECRET, &ids).await?;
                // A batch may name a row twice; each then builds on the one before.
                for (id, new) in rows.iter() {
                    let old = known.get(id).map(|bytes| Stored::read(bytes)).transpose()?;
                    known.insert(id.clone(), new.merged_with(old.as_ref()).bytes());
                }
                let rows: Vec<_> = known.into_iter().map(|(id, bytes)| dated(id, bytes, due)).collect();
                w.put_dated(MSG_SECRET, &rows).await
            })
        })
        .await?;
        Ok(count)
    }

    async fn get_msg_secret(&self, chat: &str, sender: &str, msg_id: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.get_msg_secret_with_ts(chat, sender, msg_id).await?.map(|(secret, _)| secret))
    }

    async fn get_msg_secret_with_ts(&self, chat: &str, sender: &str, msg_id: &str) -> Result<Option<(Vec<u8>, i64)>> {
        let found = self.get(MSG_SECRET, &id(chat, sender, msg_id)).await?;
        let Some(bytes) = found else { return Ok(None) };
        let stored = Stored::read(&bytes).map_err(|_| damaged("message secret"))?;
        Ok(Some((stored.secret.to_vec(), stored.message_ts)))
    }

    async fn delete_expired_msg_secrets(&self, cutoff: i64) -> Result<u32> {
        self.expire(MSG_SECRET, cutoff.saturating_add(1), due).await
    }
}

impl SessionStore {
    /// The secret of a message, whichever names its chat and its author had when it came.
    pub(crate) async fn secret_of(
        &self,
        chats: &[String],
        senders: &[String],
        id: &MessageId,
    ) -> std::result::Result<Option<Vec<u8>>, StoreError> {
        secret_of(self.store.reader(), &self.session, chats, senders, id).await
    }
}

pub(crate) async fn secret_of(
    db: &impl Conn,
    session: &SessionId,
    chats: &[String],
    senders: &[String],
    message: &MessageId,
) -> std::result::Result<Option<Vec<u8>>, StoreError> {
    let pairs = chats.iter().flat_map(|chat| senders.iter().map(move |sender| (chat, sender)));
    let ids: Vec<String> = pairs.map(|(chat, sender)| id(chat, sender, &message.0)).collect();
    let found = auth_state::get_many(db, session, MSG_SECRET, &ids).await?;
    found.into_values().next().map(|bytes| Ok(Stored::read(&bytes)?.secret.to_vec())).transpose()
}

/// Every address that the engine may have for somebody.
pub(crate) fn names(party: &Party) -> Vec<String> {
    let pn = party.pn.as_ref().map(|pn| format!("{pn}@s.whatsapp.net"));
    let lid = party.lid.as_ref().map(|lid| format!("{lid}@lid"));
    let mut names: Vec<String> = pn.into_iter().chain(lid).collect();
    if names.is_empty() {
        names.push(party.jid.to_string());
    }
    names
}

impl Stored {
    fn read(bytes: &[u8]) -> std::result::Result<Self, StoreError> {
        let parts = (bytes.first_chunk::<32>(), bytes.get(32..40), bytes.get(40..48));
        let (Some(secret), Some(expires_at), Some(message_ts)) = parts else {
            return Err(StoreError::Corrupt("a message secret has the wrong length".to_owned()));
        };
        Ok(Self { secret: *secret, expires_at: number(expires_at), message_ts: number(message_ts) })
    }

    fn bytes(&self) -> Vec<u8> {
        [self.secret.as_slice(), &self.expires_at.to_be_bytes(), &self.message_ts.to_be_bytes()].concat()
    }

    fn merged_with(&self, old: Option<&Self>) -> Self {
        let (expires_at, message_ts) = old.map_or((self.expires_at, self.message_ts), |old| {
            (
                merge_msg_secret_expiry(old.expires_at, self.expires_at),
                merge_msg_secret_message_ts(old.message_ts, self.message_ts),
            )
        });
        Self { secret: self.secret, expires_at, message_ts }
    }
}

fn row(entry: &MsgSecretEntry) -> (String, Stored) {
    let id = id(&entry.chat, &entry.sender, &entry.msg_id);
    (id, Stored { secret: entry.secret, expires_at: entry.expires_at, message_ts: entry.message_ts })
}

fn id(chat: &str, sender: &str, msg_id: &str) -> String {
    key(&format!("{chat}/{sender}/{msg_id}"))
}

/// When a stored secret expires; one without a date never does.
fn due(bytes: &[u8]) -> i64 {
    Stored::read(bytes).map_or(i64::MAX, |stored| if stored.expires_at == 0 { i64::MAX } else { stored.expires_at })
}

fn number(bytes: &[u8]) -> i64 {
    bytes.try_into().map_or(0, i64::from_be_bytes)
}
