//! Sealing for what is kept beside the database, and must open without it: under the master key itself, or, for what
//! leaves this gateway, under a key of its own.

use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};

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

/// Seals what goes elsewhere under a key that goes another way.
pub fn seal_under(key: &[u8; 32], purpose: &str, plaintext: &[u8]) -> Result<Vec<u8>, StoreError> {
    envelope::seal(&XChaCha20Poly1305::new(key.into()), VERSION, &place(purpose, ""), plaintext)
}

/// Nothing where another key sealed it, or for another purpose.
#[must_use]
pub fn open_under(key: &[u8; 32], purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    open(&XChaCha20Poly1305::new(key.into()), &place(purpose, ""), sealed)
}

impl Vault {
    pub(crate) fn seal_aside(&self, purpose: &str, name: &str, plaintext: &[u8]) -> Result<Vec<u8>, StoreError> {
        envelope::seal(&self.master().cipher(), VERSION, &place(purpose, name), plaintext)
    }

    pub(crate) fn open_aside(&self, purpose: &str, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        open(&self.master().cipher(), &place(purpose, name), sealed)
    }
}

/// The version chooses no key here and is sealed with none, so it is looked at: what was changed shall not open.
fn open(cipher: &XChaCha20Poly1305, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let unchanged = envelope::version_of(sealed)? == VERSION;
    unchanged.then(|| envelope::open(cipher, place, sealed))?
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
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(vault.open_aside("file", "a", &changed), None, "{at}");
        }
        vault.replace_master(MasterKey::generate().expect("random"));
        assert_eq!(vault.open_aside("file", "a", &sealed), None);
    }
}
