//! Privacy tokens of contacts. Two writers own a field each, so every change reads and writes in one transaction.

use std::sync::Arc;

use switchboard_store::StoreError;
use wacore::store::traits::TcTokenEntry;

use super::{
    SessionStore,
    error::{Result, decode, encode},
    key,
    writing::Writing,
};

pub(crate) const TC_TOKEN: &str = "tc_token";

impl SessionStore {
    pub(super) async fn token(&self, jid: &str) -> Result<Option<TcTokenEntry>> {
        self.get(TC_TOKEN, jid).await?.map(|bytes| decode(&bytes)).transpose()
    }

    pub(super) async fn put_token(&self, jid: &str, entry: &TcTokenEntry) -> Result<()> {
        self.put(TC_TOKEN, jid, encode(entry)?).await
    }

    pub(super) async fn delete_token(&self, jid: &str) -> Result<()> {
        self.delete(TC_TOKEN, vec![key(jid)]).await
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
        self.delete(TC_TOKEN, expired).await?;
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
        self.write(move |w| {
            let shared = Arc::clone(&shared);
            Box::pin(async move { apply(w, &shared.0, &shared.1).await })
        })
        .await
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
