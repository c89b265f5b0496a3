//! The envelope: format 1, key version, nonce, ciphertext with tag.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use zeroize::Zeroizing;

use super::{Cell, MasterKey};
use crate::StoreError;

const FORMAT: u8 = 1;
const NONCE: usize = 24;
const HEADER: usize = 1 + 4 + NONCE;

pub(crate) type KeyBytes = Zeroizing<[u8; 32]>;

/// One version of one scope's key, ready for use.
pub struct DataKey {
    pub(crate) version: u32,
    bytes: KeyBytes,
    cipher: XChaCha20Poly1305,
}

impl DataKey {
    pub(super) fn new(version: u32, bytes: KeyBytes) -> Self {
        let cipher = XChaCha20Poly1305::new((&*bytes).into());
        Self { version, bytes, cipher }
    }

    pub(super) fn generate(version: u32) -> Result<Self, StoreError> {
        Ok(Self::new(version, random()?))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    pub(super) fn seal(&self, cell: Cell<'_>, plaintext: &[u8]) -> Result<Vec<u8>, StoreError> {
        seal(&self.cipher, self.version, &cell_aad(cell, self.version), plaintext)
    }

    pub(super) fn open(&self, cell: Cell<'_>, envelope: &[u8]) -> Result<Vec<u8>, StoreError> {
        open(&self.cipher, &cell_aad(cell, self.version), envelope)
            .ok_or(StoreError::Sealed { table: cell.table, column: cell.column })
    }

    pub(super) fn wrap(&self, master: &MasterKey, scope: &str) -> Result<Vec<u8>, StoreError> {
        let aad = fields(&[b"data-key", scope.as_bytes(), &self.version.to_be_bytes()]);
        seal(&master.cipher(), self.version, &aad, &*self.bytes)
    }

    pub(super) fn unwrap(master: &MasterKey, scope: &str, version: u32, wrapped: &[u8]) -> Result<Self, StoreError> {
        let aad = fields(&[b"data-key", scope.as_bytes(), &version.to_be_bytes()]);
        let plain = open(&master.cipher(), &aad, wrapped).map(Zeroizing::new).ok_or(StoreError::WrongMasterKey)?;
        let mut bytes = KeyBytes::default();
        if plain.len() != bytes.len() {
            return Err(StoreError::WrongMasterKey);
        }
        bytes.copy_from_slice(&plain);
        Ok(Self::new(version, bytes))
    }
}

const CHECK: &[u8] = b"switchboard master key";

/// A value that only the same master key opens.
pub(super) fn key_check(master: &MasterKey) -> Result<Vec<u8>, StoreError> {
    seal(&master.cipher(), 0, b"key-check", CHECK)
}

pub(super) fn fits(master: &MasterKey, check: &[u8]) -> bool {
    open(&master.cipher(), b"key-check", check).is_some_and(|plain| plain == CHECK)
}

/// Which key version sealed this, without opening it.
pub(super) fn version_of(envelope: &[u8]) -> Option<u32> {
    let version = envelope.get(1..5)?;
    (envelope[0] == FORMAT).then(|| u32::from_be_bytes([version[0], version[1], version[2], version[3]]))
}

pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, StoreError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(&mut *bytes)
        .map_err(|e| StoreError::Database(format!("the system gives no random numbers: {e}")))?;
    Ok(bytes)
}

pub(super) fn seal(
    cipher: &XChaCha20Poly1305,
    version: u32,
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, StoreError> {
    // Public, and never twice; each from the system would be a call into it for every value.
    let nonce: [u8; NONCE] = rand::random();
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad })
        .map_err(|_| StoreError::Invalid("a value is too large to be sealed".to_owned()))?;
    let mut envelope = Vec::with_capacity(HEADER + sealed.len());
    envelope.push(FORMAT);
    envelope.extend_from_slice(&version.to_be_bytes());
    envelope.extend_from_slice(&nonce);
    envelope.extend_from_slice(&sealed);
    Ok(envelope)
}

pub(super) fn open(cipher: &XChaCha20Poly1305, aad: &[u8], envelope: &[u8]) -> Option<Vec<u8>> {
    version_of(envelope)?;
    let nonce: [u8; NONCE] = envelope.get(5..HEADER)?.try_into().ok()?;
    cipher.decrypt(&XNonce::from(nonce), Payload { msg: &envelope[HEADER..], aad }).ok()
}

fn cell_aad(cell: Cell<'_>, version: u32) -> Vec<u8> {
    let scope = cell.scope.name();
    let version = version.to_be_bytes();
    fields(&[scope.as_bytes(), cell.table.as_bytes(), cell.column.as_bytes(), cell.row.as_bytes(), &version])
}

/// Fields with their lengths, so that no two lists of fields read the same.
pub(super) fn fields(fields: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::new();
    for field in fields {
        joined.extend_from_slice(&(field.len() as u64).to_be_bytes());
        joined.extend_from_slice(field);
    }
    joined
}
