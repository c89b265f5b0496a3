//! The store of a gateway on whatsmeow, such as wuzapi or go-whatsapp-web-multidevice. It is only read.

use serde_json::{Value, json};
use switchboard_store::{DatabaseUrl, whatsmeow};

use super::super::Failure;

pub(super) fn is_address(source: &str) -> bool {
    source.starts_with("postgres://") || source.starts_with("postgresql://")
}

pub(super) fn is_sqlite(file: &[u8]) -> bool {
    file.starts_with(b"SQLite format 3\0")
}

/// One device of the store.
pub(super) async fn read(url: &str, wanted: Option<&str>) -> Result<Value, Failure> {
    let url: DatabaseUrl = url.parse()?;
    let devices = whatsmeow::devices(&url).await?;
    let device = match (wanted, devices.as_slice()) {
        (Some(wanted), _) => wanted,
        (None, [only]) => only,
        (None, []) => return Err("this store has no device: nothing was ever linked in it".into()),
        (None, several) => {
            return Err(
                format!("this store has several devices: name one with --device: {}", several.join(", ")).into()
            );
        }
    };
    Ok(json!({ "whatsmeow": whatsmeow::device(&url, device).await? }))
}
