//! Blind indexes: keyed hashes that find a row again without naming whom it is about.
//!
//! The key is derived from the scope's first data key, which keeps its value for as long as the scope lives (another
//! master key only wraps it anew), and differs for every purpose. Erasing the data key makes the indexes meaningless.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Scope, data_keys, envelope::DataKey};
use crate::{Conn, StoreError};

/// 16 bytes in hex, the same for the same text in the same scope.
pub(crate) async fn index(db: &impl Conn, scope: Scope<'_>, purpose: &str, text: &str) -> Result<String, StoreError> {
    let index = index_if_keyed(db, scope, purpose, text).await?;
    index.ok_or_else(|| StoreError::Corrupt(format!("there is no data key for {}", scope.name())))
}

/// The same; nothing while the scope has no key, and so nothing that could be found.
pub(crate) async fn index_if_keyed(
    db: &impl Conn,
    scope: Scope<'_>,
    purpose: &str,
    text: &str,
) -> Result<Option<String>, StoreError> {
    let key = data_keys::find(db, &scope.name(), 1).await?;
    Ok(key.map(|key| key.blind(purpose, text)))
}

impl DataKey {
    fn blind(&self, purpose: &str, text: &str) -> String {
        let derived = tag(self.bytes(), purpose.as_bytes());
        hex::encode(&tag(&derived, text.as_bytes())[..16])
    }
}

pub(super) fn tag(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    // HMAC itself fills a short key up with zeros to its block; a whole block cannot be of a wrong length.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_key_purpose_and_text() {
        let (one, other) = (DataKey::generate(1).expect("random"), DataKey::generate(1).expect("random"));
        let index = one.blind("party", "a");
        assert_eq!(index, one.blind("party", "a"));
        assert_eq!(index.len(), 32);
        for different in [one.blind("party", "b"), one.blind("else", "a"), other.blind("party", "a")] {
            assert_ne!(index, different);
        }
    }
}
