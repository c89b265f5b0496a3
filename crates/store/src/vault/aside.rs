//! Sealing for what is kept beside the database, and must open without it: under the master key itself.

use super::{Vault, envelope};
use crate::{Store, StoreError};

/// The master key has no versions; the envelope asks for one.
const VERSION: u32 = 0;

impl Store {
    /// Seals what is kept outside the database. It opens under the same master key, purpose and name alone.
    pub fn seal_aside(&self, purpose: &str, name: &str, plaintext: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.vault().seal_aside(purpose, name, plaintext)
    }

    /// Nothing where another master key sealed it, or for another purpose or name.
    #[must_use]
    pub fn open_aside(&self, purpose: &str, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.vault().open_aside(purpose, name, sealed)
    }
}

impl Vault {
    fn seal_aside(&self, purpose: &str, name: &str, plaintext: &[u8]) -> Result<Vec<u8>, StoreError> {
        envelope::seal(&self.master().cipher(), VERSION, &place(purpose, name), plaintext)
    }

    fn open_aside(&self, purpose: &str, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        envelope::open(&self.master().cipher(), &place(purpose, name), sealed)
    }
}

fn place(purpose: &str, name: &str) -> Vec<u8> {
    envelope::fields(&[b"aside", purpose.as_bytes(), name.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MasterKey;

    #[test]
    fn opens_in_its_place_under_its_key_alone() {
        let vault = Vault::new(MasterKey::generate().expect("random"));
        let sealed = vault.seal_aside("file", "a", b"secret").expect("sealed");
        assert_eq!(vault.open_aside("file", "a", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(vault.open_aside("file", "b", &sealed), None);
        assert_eq!(vault.open_aside("else", "a", &sealed), None);
        vault.replace_master(MasterKey::generate().expect("random"));
        assert_eq!(vault.open_aside("file", "a", &sealed), None);
    }
}
