//! Fields where `null` means something else than being absent.

use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = "given")]`: absent is `None`, `null` is `Some(None)`.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}
