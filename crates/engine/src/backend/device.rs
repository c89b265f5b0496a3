//! The device's own keys and names.

use async_trait::async_trait;
use switchboard_core::engine::EngineError;
use switchboard_model::SessionId;
use switchboard_store::{Store, StoreError, auth_state};
use wacore::store::{Device, traits::DeviceStore};

use super::{
    SessionStore,
    error::{Result, decode, encode},
};

pub(crate) const DEVICE: &str = "device";
pub(crate) const ONLY: &str = "-";

#[async_trait]
impl DeviceStore for SessionStore {
    async fn save(&self, device: &Device) -> Result<()> {
        self.put(DEVICE, ONLY, encode(device)?).await
    }

    async fn load(&self) -> Result<Option<Device>> {
        self.get(DEVICE, ONLY).await?.map(|bytes| decode(&bytes)).transpose()
    }

    async fn exists(&self) -> Result<bool> {
        Ok(self.get(DEVICE, ONLY).await?.is_some())
    }

    /// Rows are keyed by session, so the number means nothing.
    async fn create(&self) -> Result<i32> {
        self.save(&Device::new()).await?;
        Ok(1)
    }
}

/// Tells damaged state apart from a database that is away, before a client is built on it.
pub(crate) async fn read(store: &Store, session: &SessionId) -> std::result::Result<Option<Device>, EngineError> {
    let stored = auth_state::get(store.reader(), session, DEVICE, ONLY).await;
    match stored {
        Ok(None) => Ok(None),
        Ok(Some(bytes)) => match serde_json::from_slice::<Device>(&bytes) {
            Ok(device) => Ok(Some(device)),
            Err(error) => Err(EngineError::Corrupt(format!("the device record: {error}"))),
        },
        Err(error @ (StoreError::Sealed { .. } | StoreError::Corrupt(_))) => {
            Err(EngineError::Corrupt(error.to_string()))
        }
        Err(error) => Err(EngineError::Other(error.to_string())),
    }
}
