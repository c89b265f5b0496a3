//! What the account's devices share: sync keys, versions of collections, the proofs of their entries.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use wacore::{
    appstate::{hash::HashState, processor::AppStateMutationMAC},
    store::traits::{AppStateSyncKey, AppSyncStore},
};

use super::{
    SessionStore,
    error::{Result, damaged, decode, encode},
    key,
};

pub(crate) const SYNC_KEY: &str = "sync_key";
pub(crate) const LATEST: &str = "sync_key_latest";
pub(crate) const COLLECTION: &str = "collection";
pub(crate) const MUTATION_MAC: &str = "mutation_mac";

#[async_trait]
impl AppSyncStore for SessionStore {
    async fn get_sync_key(&self, key_id: &[u8]) -> Result<Option<AppStateSyncKey>> {
        self.get(SYNC_KEY, &hex::encode(key_id)).await?.map(|bytes| decode(&bytes)).transpose()
    }

    async fn set_sync_key(&self, key_id: &[u8], sync_key: AppStateSyncKey) -> Result<()> {
        let (id, value) = (key(&hex::encode(key_id)), encode(&sync_key)?);
        let row = Arc::new((id, value, key_id.to_vec()));
        self.write(move |mut w| {
            let row = Arc::clone(&row);
            Box::pin(async move {
                w.put(SYNC_KEY, &row.0, &row.1).await?;
                w.put(LATEST, "-", &row.2).await
            })
        })
        .await
    }

    async fn get_version(&self, name: &str) -> Result<HashState> {
        self.get(COLLECTION, name).await?.map_or_else(|| Ok(HashState::default()), |bytes| decode(&bytes))
    }

    async fn set_version(&self, name: &str, state: HashState) -> Result<()> {
        self.put(COLLECTION, name, encode(&state)?).await
    }

    async fn put_mutation_macs(&self, name: &str, _version: u64, mutations: &[AppStateMutationMAC]) -> Result<()> {
        let rows = mutations.iter().map(|mac| (mac_id(name, &mac.index_mac), mac.value_mac.clone())).collect();
        self.put_all(MUTATION_MAC, rows).await
    }

    async fn get_mutation_mac(&self, name: &str, index_mac: &[u8]) -> Result<Option<Vec<u8>>> {
        self.get(MUTATION_MAC, &mac_id(name, index_mac)).await
    }

    async fn get_mutation_macs(&self, name: &str, index_macs: &[[u8; 32]]) -> Result<HashMap<[u8; 32], Vec<u8>>> {
        let ids: Vec<String> = index_macs.iter().map(|mac| mac_id(name, mac)).collect();
        let mut found = self.get_many(MUTATION_MAC, &ids).await?;
        Ok(index_macs.iter().zip(&ids).filter_map(|(mac, id)| Some((*mac, found.remove(id)?))).collect())
    }

    async fn delete_mutation_macs(&self, name: &str, index_macs: &[Vec<u8>]) -> Result<()> {
        self.delete(MUTATION_MAC, index_macs.iter().map(|mac| mac_id(name, mac)).collect()).await
    }

    async fn clear_mutation_macs(&self, name: &str) -> Result<()> {
        let ids = self.all(MUTATION_MAC, &format!("{name}/")).await?.into_iter().map(|(id, _)| id).collect();
        self.delete(MUTATION_MAC, ids).await
    }

    async fn get_latest_sync_key_id(&self) -> Result<Option<Vec<u8>>> {
        match self.get(LATEST, "-").await? {
            Some(id) if id.is_empty() => Err(damaged("sync key id")),
            other => Ok(other),
        }
    }
}

pub(crate) fn mac_id(collection: &str, index_mac: &[u8]) -> String {
    key(&format!("{collection}/{}", hex::encode(index_mac)))
}
