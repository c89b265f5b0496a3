//! Privacy tokens of contacts. Two writers own a field each, so every change reads and writes in one transaction.
//!
//! The engine asks for one with every message that it sends, and they hardly ever change: what was read lately is kept.
//! Nobody but this session's engine changes them while it runs.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use switchboard_store::StoreError;
use wacore::store::traits::TcTokenEntry;

use super::{
    SessionStore,
    error::{Result, decode, encode},
    key,
    writing::Writing,
};

pub(crate) const TC_TOKEN: &str = "tc_token";
/// Contacts whose token, or that they have none, is kept: a session rarely writes to more of them by turns.
const KEPT: usize = 64;

/// What was read lately, by contact.
#[derive(Default)]
pub(super) struct Tokens(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// How often something changed: what was read before a change is not kept after it.
    changes: u64,
    entries: HashMap<String, Option<TcTokenEntry>>,
}

impl Tokens {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        let mut known = self.known();
        known.changes += 1;
        known.entries.clear();
    }

    fn keep(&self, jid: &str, entry: &Option<TcTokenEntry>, as_of: u64) {
        let mut known = self.known();
        if known.changes != as_of {
            return;
        }
        if known.entries.len() >= KEPT {
            known.entries.clear();
        }
        known.entries.insert(jid.to_owned(), entry.clone());
    }
}

impl SessionStore {
    pub(super) async fn token(&self, jid: &str) -> Result<Option<TcTokenEntry>> {
        let (found, as_of) = {
            let known = self.tokens.known();
            (known.entries.get(jid).cloned(), known.changes)
        };
        if let Some(entry) = found {
            return Ok(entry);
        }
        let entry = self.get(TC_TOKEN, jid).await?.map(|bytes| decode(&bytes)).transpose()?;
        self.tokens.keep(jid, &entry, as_of);
        Ok(entry)
    }

    pub(super) async fn put_token(&self, jid: &str, entry: &TcTokenEntry) -> Result<()> {
        let put = self.put(TC_TOKEN, jid, encode(entry)?).await;
        self.tokens.changed();
        put
    }

    pub(super) async fn delete_token(&self, jid: &str) -> Result<()> {
        self.forget_tokens(vec![key(jid)]).await
    }

    async fn forget_tokens(&self, keys: Vec<String>) -> Result<()> {
        let deleted = self.delete(TC_TOKEN, keys).await;
        self.tokens.changed();
        deleted
    }

    pub(super) async fn token_jids(&self) -> Result<Vec<String>> {
        Ok(self.all(TC_TOKEN, "").await?.into_iter().map(|(jid, _)| jid).collect())
    }

    /// Drops the tokens of which neither side is still in use.
    pub(super) async fn expire_tokens(&self, token_cutoff: i64, sender_cutoff: i64) -> Result<u32> {
        let mut expired = Vec::new();
        for (jid, bytes) in self.all(TC_TOKEN, "").await? {
            let entry: TcTokenEntry = decode(&bytes)?;
            let received = !entry.token.is_empty() && entry.token_timestamp >= token_cutoff;
            let sent = entry.sender_timestamp.is_some_and(|at| at >= sender_cutoff);
            if !received && !sent {
                expired.push(jid);
            }
        }
        let count = u32::try_from(expired.len()).unwrap_or(u32::MAX);
        self.forget_tokens(expired).await?;
        Ok(count)
    }

    /// The time of our own token only moves forward.
    pub(super) async fn touch_token(&self, jid: &str, sent_at: i64) -> Result<()> {
        self.change_token(jid, move |known| {
            let mut entry =
                known.unwrap_or(TcTokenEntry { token: Vec::new(), token_timestamp: sent_at, sender_timestamp: None });
            entry.sender_timestamp = Some(entry.sender_timestamp.map_or(sent_at, |at| at.max(sent_at)));
            Some(entry)
        })
        .await
    }

    /// A token that came from the contact replaces an older one only.
    pub(super) async fn receive_token(&self, jid: &str, token: &[u8], received_at: i64) -> Result<()> {
        let token = token.to_vec();
        self.change_token(jid, move |known| {
            let newer = |entry: &TcTokenEntry| !entry.token.is_empty() && received_at < entry.token_timestamp;
            if known.as_ref().is_some_and(newer) {
                return None;
            }
            let sender_timestamp = known.and_then(|entry| entry.sender_timestamp);
            Some(TcTokenEntry { token: token.clone(), token_timestamp: received_at, sender_timestamp })
        })
        .await
    }

    async fn change_token<F>(&self, jid: &str, change: F) -> Result<()>
    where
        F: Fn(Option<TcTokenEntry>) -> Option<TcTokenEntry> + Send + Sync + 'static,
    {
        let shared = Arc::new((key(jid), change));
        let written = self
            .write(move |w| {
                let shared = Arc::clone(&shared);
                Box::pin(async move { apply(w, &shared.0, &shared.1).await })
            })
            .await;
        self.tokens.changed();
        written
    }
}

async fn apply<F>(mut w: Writing<'_>, id: &str, change: &F) -> std::result::Result<(), StoreError>
where
    F: Fn(Option<TcTokenEntry>) -> Option<TcTokenEntry> + Sync,
{
    let known = w.get_json(TC_TOKEN, id).await?;
    match change(known) {
        Some(entry) => w.put_json(TC_TOKEN, id, &entry).await,
        None => Ok(()),
    }
}
