//! One session's view of the writer's transaction.

use std::{collections::HashMap, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use switchboard_model::SessionId;
use switchboard_store::{StoreError, Tx, auth_state};

/// A row with the second by which a sweep judges it.
pub(super) type Dated = (String, Vec<u8>, i64);

pub(super) struct Writing<'t> {
    tx: &'t mut Tx,
    session: Arc<SessionId>,
}

impl<'t> Writing<'t> {
    pub(super) fn new(tx: &'t mut Tx, session: Arc<SessionId>) -> Self {
        Self { tx, session }
    }

    pub(super) async fn get(&mut self, name: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        auth_state::get(&*self.tx, &self.session, name, id).await
    }

    pub(super) async fn get_json<T: DeserializeOwned>(
        &mut self,
        name: &str,
        id: &str,
    ) -> Result<Option<T>, StoreError> {
        let found = self.get(name, id).await?;
        found.map(|bytes| serde_json::from_slice(&bytes).map_err(|e| StoreError::Corrupt(e.to_string()))).transpose()
    }

    pub(super) async fn get_many(
        &mut self,
        name: &str,
        ids: &[String],
    ) -> Result<HashMap<String, Vec<u8>>, StoreError> {
        auth_state::get_many(&*self.tx, &self.session, name, ids).await
    }

    pub(super) async fn list(&mut self, name: &str, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        auth_state::list(&*self.tx, &self.session, name, prefix).await
    }

    pub(super) async fn put(&mut self, name: &str, id: &str, value: &[u8]) -> Result<(), StoreError> {
        auth_state::put(self.tx, &self.session, name, id, value).await
    }

    pub(super) async fn put_json(&mut self, name: &str, id: &str, value: &impl Serialize) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(value).map_err(|e| StoreError::Invalid(e.to_string()))?;
        self.put(name, id, &bytes).await
    }

    pub(super) async fn put_all(&mut self, name: &str, rows: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        let rows = rows.iter().map(|(id, value)| (id.as_str(), value.as_slice()));
        auth_state::put_many(self.tx, &self.session, name, rows).await
    }

    pub(super) async fn put_dated(&mut self, name: &str, rows: &[Dated]) -> Result<(), StoreError> {
        let rows = rows.iter().map(|(id, value, due_at)| (id.as_str(), value.as_slice(), Some(*due_at)));
        auth_state::put_dated(self.tx, &self.session, name, rows).await
    }

    pub(super) async fn expire(&mut self, name: &str, cutoff: i64, due: fn(&[u8]) -> i64) -> Result<u64, StoreError> {
        let undated = auth_state::undated(&*self.tx, &self.session, name).await?;
        let dated: Vec<Dated> = undated.into_iter().map(|(id, value)| dated(id, value, due)).collect();
        self.put_dated(name, &dated).await?;
        auth_state::expire(self.tx, &self.session, name, cutoff).await
    }

    pub(super) async fn delete(&mut self, name: &str, ids: &[String]) -> Result<(), StoreError> {
        auth_state::delete(self.tx, &self.session, name, ids).await.map(|_| ())
    }

    pub(super) async fn wipe(&mut self, names: &[&str]) -> Result<(), StoreError> {
        auth_state::wipe_names(self.tx, &self.session, names).await.map(|_| ())
    }
}

pub(super) fn dated(id: String, value: Vec<u8>, due: fn(&[u8]) -> i64) -> Dated {
    let at = due(&value);
    (id, value, at)
}
