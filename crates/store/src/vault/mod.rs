//! Sealing at rest. Each session has a data key, the gateway another; the master key wraps them all.
//!
//! An envelope opens only in the very cell it was sealed for: its additional data names scope, table, column, row and
//! key version, so a value copied into another row, column or session is refused.

mod aside;
mod blind;
mod data_keys;
mod envelope;
mod leftover;
mod master_key;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use switchboard_model::SessionId;

pub use aside::{open_under, seal_under};
pub use master_key::{KeyFile, MasterKey};

pub(crate) use blind::{index as blind_index, index_if_keyed as blind_index_if_keyed};
pub(crate) use data_keys::{FreshKeys, check_master_key, check_reading, open, rekey};
pub(crate) use envelope::DataKey;

/// Whose data key seals.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    Gateway,
    Session(&'a SessionId),
}

impl Scope<'_> {
    /// The colon keeps the gateway's scope apart from a session that chose the id `gateway`.
    fn name(self) -> String {
        match self {
            Self::Gateway => "gateway".to_owned(),
            Self::Session(id) => format!("session:{id}"),
        }
    }
}

/// The one place a sealed value belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    pub scope: Scope<'a>,
    pub table: &'static str,
    pub column: &'static str,
    /// The row's key, unambiguous within the table.
    pub row: &'a str,
}

/// The master key and the data keys already unwrapped.
pub struct Vault {
    master: RwLock<MasterKey>,
    keys: RwLock<HashMap<String, Vec<Arc<DataKey>>>>,
}

impl Vault {
    pub(crate) fn new(master: MasterKey) -> Self {
        Self { master: RwLock::new(master), keys: RwLock::default() }
    }

    fn master(&self) -> MasterKey {
        self.master.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn replace_master(&self, master: MasterKey) {
        *self.master.write().unwrap_or_else(PoisonError::into_inner) = master;
    }

    /// By a key that follows from the master key and the purpose, and seals nothing.
    pub(crate) fn mark(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        blind::tag(&self.master().derived(purpose), text)
    }

    fn newest(&self, scope: &str) -> Option<Arc<DataKey>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(scope)?.iter().max_by_key(|key| key.version).cloned()
    }

    fn version(&self, scope: &str, version: u32) -> Option<Arc<DataKey>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(scope)?.iter().find(|key| key.version == version).cloned()
    }

    /// Only for keys that are committed.
    fn remember(&self, scope: &str, key: Arc<DataKey>) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let known = keys.entry(scope.to_owned()).or_default();
        if known.iter().all(|other| other.version != key.version) {
            known.push(key);
        }
    }

    fn forget(&self, scope: &str) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).remove(scope);
    }

    pub(crate) fn publish(&self, fresh: FreshKeys) {
        for (scope, key) in fresh.0 {
            self.remember(&scope, key);
        }
    }
}
