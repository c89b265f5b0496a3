//! Linking by phone number: the phone's side of the exchange that an eight-letter code protects.
//!
//! Both sides exchange ephemeral keys, each encrypted under a key derived from the code. Whoever does not know the
//! code gets another key and cannot open the companion's bundle, which is how a wrong code shows.

use wacore::crypto::hkdf_sha256_into;
use wacore::pair_code::PairCodeUtils;
use wacore_libsignal::crypto::aes_256_gcm_decrypt;
use wacore_libsignal::protocol::{CurveError, KeyPair, PublicKey};

use super::{Phone, PhoneError};
use crate::random;

/// What the phone tells the companion (`primary_hello`).
pub struct PrimaryHello {
    pub wrapped_ephemeral: Vec<u8>,
}

/// A code was entered on the phone and the companion's answer is awaited.
pub struct LinkAttempt {
    ephemeral: KeyPair,
    companion_ephemeral: PublicKey,
}

impl LinkAttempt {
    /// Slow on purpose of the protocol (two key derivations of 131,072 rounds): not to be called under a lock.
    pub fn begin(code: &str, wrapped_companion_ephemeral: &[u8]) -> Result<(Self, PrimaryHello), PhoneError> {
        let code = normalised(code);
        let companion = PairCodeUtils::decrypt_primary_ephemeral_pub(wrapped_companion_ephemeral, &code)
            .map_err(|e| PhoneError::BadLink(e.to_string()))?;
        let companion_ephemeral = public(&companion)?;
        let ephemeral = random::key_pair();
        let mut own = [0; 32];
        own.copy_from_slice(ephemeral.public_key.public_key_bytes());
        let wrapped_ephemeral = PairCodeUtils::encrypt_ephemeral_pub(&own, &code).to_vec();
        Ok((Self { ephemeral, companion_ephemeral }, PrimaryHello { wrapped_ephemeral }))
    }
}

impl Phone {
    /// Opens the companion's `companion_finish` and gives the secret that its `pair-success` is made with.
    pub fn finish_link(
        &self,
        attempt: &LinkAttempt,
        wrapped_bundle: &[u8],
        companion_identity: &[u8],
    ) -> Result<[u8; 32], PhoneError> {
        let shared = attempt.ephemeral.calculate_agreement(&attempt.companion_ephemeral).map_err(malformed)?;
        let bundle = open_bundle(&shared, wrapped_bundle)?;
        let [companion, account, random] = thirds(&bundle)?;
        if companion != companion_identity || account != self.identity() {
            return Err(PhoneError::BadLink("the bundle names other identities than the exchange".into()));
        }
        let identities = self.keys.identity.0.calculate_agreement(&public(companion)?).map_err(malformed)?;
        derive(&[&shared[..], &identities, random].concat(), None, b"adv_secret")
    }
}

/// The bundle is `salt (32) ‖ nonce (12) ‖ AES-GCM`.
fn open_bundle(shared: &[u8], wrapped: &[u8]) -> Result<Vec<u8>, PhoneError> {
    let (salt, rest) = wrapped.split_at_checked(32).ok_or_else(too_short)?;
    let (nonce, sealed) = rest.split_at_checked(12).ok_or_else(too_short)?;
    let key = derive(shared, Some(salt), b"link_code_pairing_key_bundle_encryption_key")?;
    let mut opened = Vec::new();
    let nonce = nonce.try_into().map_err(|_| too_short())?;
    aes_256_gcm_decrypt(&key, nonce, b"", sealed, &mut opened).map_err(|_| PhoneError::WrongCode)?;
    Ok(opened)
}

fn thirds(bundle: &[u8]) -> Result<[&[u8]; 3], PhoneError> {
    let (companion, rest) = bundle.split_at_checked(32).ok_or_else(too_short)?;
    let (account, random) = rest.split_at_checked(32).ok_or_else(too_short)?;
    Ok([companion, account, random])
}

fn derive(secret: &[u8], salt: Option<&[u8]>, info: &[u8]) -> Result<[u8; 32], PhoneError> {
    let mut key = [0; 32];
    hkdf_sha256_into(secret, salt, info, &mut key).map_err(|e| PhoneError::BadLink(e.to_string()))?;
    Ok(key)
}

fn public(bytes: &[u8]) -> Result<PublicKey, PhoneError> {
    PublicKey::from_djb_public_key_bytes(bytes).map_err(malformed)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
fn malformed(error: CurveError) -> PhoneError {
    PhoneError::BadLink(error.to_string())
}

fn too_short() -> PhoneError {
    PhoneError::BadLink("the key bundle is too short".into())
}

/// As people type it: in any case, with a dash or a space in the middle.
fn normalised(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}
