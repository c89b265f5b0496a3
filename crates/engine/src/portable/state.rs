//! The rows of one session, in memory.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use switchboard_core::engine::{EngineError, StateRow};
use wacore::store::Device;

use crate::backend::layout::{DEVICE, ONLY, key};

#[derive(Default)]
pub(super) struct State(BTreeMap<String, BTreeMap<String, Vec<u8>>>);

impl State {
    pub(super) fn read(rows: &[StateRow]) -> Self {
        let mut state = Self::default();
        for row in rows {
            state.put_raw(&row.name, row.id.clone(), row.value.clone());
        }
        state
    }

    pub(super) fn into_rows(self) -> Vec<StateRow> {
        let named = self.0.into_iter().flat_map(|(name, rows)| rows.into_iter().map(move |row| (name.clone(), row)));
        named.map(|(name, (id, value))| StateRow { name, id, value }).collect()
    }

    pub(super) fn rows(&self, name: &str) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.get(name).into_iter().flatten().map(|(id, value)| (id.as_str(), value.as_slice()))
    }

    pub(super) fn get(&self, name: &str, id: &str) -> Option<&[u8]> {
        self.0.get(name)?.get(&key(id)).map(Vec::as_slice)
    }

    pub(super) fn json<T: DeserializeOwned>(&self, name: &str, id: &str) -> Option<T> {
        serde_json::from_slice(self.get(name, id)?).ok()
    }

    pub(super) fn put(&mut self, name: &str, id: &str, value: Vec<u8>) {
        self.put_raw(name, key(id), value);
    }

    pub(super) fn put_json(&mut self, name: &str, id: &str, value: &impl Serialize) -> Result<(), EngineError> {
        let value = serde_json::to_vec(value).map_err(|error| EngineError::Other(error.to_string()))?;
        self.put(name, id, value);
        Ok(())
    }

    /// Forgets everything under these names.
    pub(super) fn drop(&mut self, names: &[&str]) {
        for name in names {
            self.0.remove(*name);
        }
    }

    pub(super) fn device(&self) -> Result<Option<Device>, EngineError> {
        let Some(stored) = self.get(DEVICE, ONLY) else { return Ok(None) };
        let device = serde_json::from_slice(stored);
        device.map(Some).map_err(|error| EngineError::Corrupt(format!("the device record: {error}")))
    }

    pub(super) fn put_device(&mut self, device: &Device) -> Result<(), EngineError> {
        self.put_json(DEVICE, ONLY, device)
    }

    fn put_raw(&mut self, name: &str, id: String, value: Vec<u8>) {
        self.0.entry(name.to_owned()).or_default().insert(id, value);
    }
}
