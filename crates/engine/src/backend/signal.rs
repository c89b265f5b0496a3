//! Signal records: identities, sessions, one-time and signed prekeys, sender keys.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use wacore::store::traits::SignalStore;

use super::{
    SessionStore,
    error::{Result, damaged},
    key,
};

pub(crate) const IDENTITY: &str = "identity";
pub(crate) const SESSION: &str = "session";
pub(crate) const PREKEY: &str = "prekey";
pub(crate) const SIGNED_PREKEY: &str = "signed_prekey";
pub(crate) const SENDER_KEY: &str = "sender_key";

#[async_trait]
impl SignalStore for SessionStore {
    async fn put_identity(&self, address: &str, identity: [u8; 32]) -> Result<()> {
        self.put(IDENTITY, address, identity.to_vec()).await
    }

    async fn put_identities_batch(&self, identities: &[(Arc<str>, [u8; 32])]) -> Result<()> {
        let rows = identities.iter().map(|(address, identity)| (key(address), identity.to_vec())).collect();
        self.put_all(IDENTITY, rows).await
    }

    async fn load_identity(&self, address: &str) -> Result<Option<[u8; 32]>> {
        let stored = self.get(IDENTITY, address).await?;
        stored.map(|bytes| bytes.try_into().map_err(|_| damaged("identity key"))).transpose()
    }

    async fn delete_identity(&self, address: &str) -> Result<()> {
        self.delete(IDENTITY, vec![key(address)]).await
    }

    async fn get_session(&self, address: &str) -> Result<Option<Bytes>> {
        Ok(self.get(SESSION, address).await?.map(Bytes::from))
    }

    async fn put_session(&self, address: &str, session: &[u8]) -> Result<()> {
        self.put(SESSION, address, session.to_vec()).await
    }

    async fn put_sessions_batch(&self, sessions: &[(Arc<str>, Bytes)]) -> Result<()> {
        self.put_all(SESSION, rows(sessions)).await
    }

    async fn delete_session(&self, address: &str) -> Result<()> {
        self.delete(SESSION, vec![key(address)]).await
    }

    async fn has_signal_state_for_user(&self, user: &str) -> Result<bool> {
        for name in [SESSION, IDENTITY] {
            for end in ['@', ':'] {
                if !self.all(name, &format!("{user}{end}")).await?.is_empty() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    async fn store_prekey(&self, id: u32, record: &[u8], uploaded: bool) -> Result<()> {
        self.put(PREKEY, &numbered(id), marked(record, uploaded)).await
    }

    async fn store_prekeys_batch(&self, keys: &[(u32, Bytes)], uploaded: bool) -> Result<()> {
        let rows = keys.iter().map(|(id, record)| (numbered(*id), marked(record, uploaded))).collect();
        self.put_all(PREKEY, rows).await
    }

    async fn load_prekey(&self, id: u32) -> Result<Option<Bytes>> {
        Ok(self.get(PREKEY, &numbered(id)).await?.map(unmarked))
    }

    async fn load_prekeys_batch(&self, ids: &[u32]) -> Result<Vec<(u32, Bytes)>> {
        let names: Vec<String> = ids.iter().copied().map(numbered).collect();
        let mut found = self.get_many(PREKEY, &names).await?;
        let records = ids.iter().zip(&names).filter_map(|(id, name)| Some((*id, unmarked(found.remove(name)?))));
        Ok(records.collect())
    }

    /// Only those that still exist: a key used since must stay gone.
    async fn mark_prekeys_uploaded(&self, ids: &[u32]) -> Result<()> {
        let names: Arc<Vec<String>> = Arc::new(ids.iter().copied().map(numbered).collect());
        self.write(move |mut w| {
            let names = Arc::clone(&names);
            Box::pin(async move {
                let mut rows: Vec<_> = w.get_many(PREKEY, &names).await?.into_iter().collect();
                rows.retain_mut(|(_, value)| value.first_mut().is_some_and(|mark| std::mem::replace(mark, 1) == 0));
                w.put_all(PREKEY, &rows).await
            })
        })
        .await
    }

    async fn remove_prekey(&self, id: u32) -> Result<()> {
        self.delete(PREKEY, vec![numbered(id)]).await
    }

    async fn get_max_prekey_id(&self) -> Result<u32> {
        let last = self.all(PREKEY, "").await?.pop();
        last.map_or(Ok(0), |(id, _)| id.parse().map_err(|_| damaged("prekey id")))
    }

    async fn store_signed_prekey(&self, id: u32, record: &[u8]) -> Result<()> {
        self.put(SIGNED_PREKEY, &numbered(id), record.to_vec()).await
    }

    async fn load_signed_prekey(&self, id: u32) -> Result<Option<Vec<u8>>> {
        self.get(SIGNED_PREKEY, &numbered(id)).await
    }

    async fn load_all_signed_prekeys(&self) -> Result<Vec<(u32, Vec<u8>)>> {
        let rows = self.all(SIGNED_PREKEY, "").await?.into_iter();
        rows.map(|(id, record)| Ok((id.parse().map_err(|_| damaged("prekey id"))?, record))).collect()
    }

    async fn remove_signed_prekey(&self, id: u32) -> Result<()> {
        self.delete(SIGNED_PREKEY, vec![numbered(id)]).await
    }

    async fn put_sender_key(&self, address: &str, record: &[u8]) -> Result<()> {
        self.put(SENDER_KEY, address, record.to_vec()).await
    }

    async fn put_sender_keys_batch(&self, sender_keys: &[(Arc<str>, Bytes)]) -> Result<()> {
        self.put_all(SENDER_KEY, rows(sender_keys)).await
    }

    async fn get_sender_key(&self, address: &str) -> Result<Option<Vec<u8>>> {
        self.get(SENDER_KEY, address).await
    }

    async fn delete_sender_key(&self, address: &str) -> Result<()> {
        self.delete(SENDER_KEY, vec![key(address)]).await
    }
}

fn rows(records: &[(Arc<str>, Bytes)]) -> Vec<(String, Vec<u8>)> {
    records.iter().map(|(address, record)| (key(address), record.to_vec())).collect()
}

/// Padded, so that rows lie in the order of their numbers.
pub(crate) fn numbered(id: u32) -> String {
    format!("{id:010}")
}

/// The first byte says whether the network has the key.
pub(crate) fn marked(record: &[u8], uploaded: bool) -> Vec<u8> {
    std::iter::once(u8::from(uploaded)).chain(record.iter().copied()).collect()
}

fn unmarked(stored: Vec<u8>) -> Bytes {
    let stored = Bytes::from(stored);
    stored.slice(stored.len().min(1)..)
}
