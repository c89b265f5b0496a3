//! One session's view of the writer's transaction.

use std::{collections::HashMap, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use switchboard_model::SessionId;
use switchboard_store::{StoreError, Tx, auth_state};

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
        let mut rows: Vec<(String, Vec<u8>)> = Vec::new();
        loop {
            let after = rows.last().map(|(id, _)| id.clone());
            let page = auth_state::list(&*self.tx, &self.session, name, prefix, after.as_deref(), super::PAGE).await?;
            let full = page.len() as u64 == super::PAGE;
            rows.extend(page);
            if !full {
                return Ok(rows);
            }
        }
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

    pub(super) async fn delete(&mut self, name: &str, ids: &[String]) -> Result<(), StoreError> {
        auth_state::delete(self.tx, &self.session, name, ids).await.map(|_| ())
    }

    pub(super) async fn wipe(&mut self, names: &[&str]) -> Result<(), StoreError> {
        auth_state::wipe_names(self.tx, &self.session, names).await.map(|_| ())
    }
}
