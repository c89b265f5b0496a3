//! Errors on their way to the engine.

use switchboard_core::engine::Fenced;
use switchboard_store::StoreError;
use wacore::store::error::StoreError as EngineStoreError;

pub(super) type Result<T> = std::result::Result<T, EngineStoreError>;

#[derive(Debug, thiserror::Error)]
pub(super) enum BackendError {
    #[error(transparent)]
    Fenced(#[from] Fenced),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<BackendError> for EngineStoreError {
    fn from(error: BackendError) -> Self {
        Self::Database(Box::new(error))
    }
}

pub(super) fn encode(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| EngineStoreError::Serialization(Box::new(error)))
}

pub(super) fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| EngineStoreError::Serialization(Box::new(error)))
}

/// A stored value whose shape is not the one that was written.
pub(super) fn damaged(what: &str) -> EngineStoreError {
    EngineStoreError::Validation(format!("a stored {what} has the wrong shape"))
}
