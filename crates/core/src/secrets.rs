//! Making secrets and comparing them.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Error;

/// Without letters and digits that people mistake for one another.
const READABLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Bytes from the operating system's generator.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::internal(format!("no random numbers: {e}")))?;
    Ok(bytes)
}

/// A secret of 256 bits behind a prefix that tells what it is.
pub(crate) fn token(prefix: &str) -> Result<SecretString, Error> {
    Ok(format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?)).into())
}

/// A password of 100 bits that can be copied by hand.
pub fn password() -> Result<SecretString, Error> {
    let letters: String = random::<20>()?.iter().map(|byte| char::from(READABLE[usize::from(byte % 32)])).collect();
    Ok(letters.into())
}

/// What is stored of a secret that nobody has to remember.
pub(crate) fn fingerprint(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

/// Compares by fingerprint, so that neither content nor length shows in the time it takes.
pub(crate) fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one).ct_eq(&Sha256::digest(other)).into()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn secrets_are_long_different_and_printable() {
        let (one, other) = (token("sb_").unwrap(), token("sb_").unwrap());
        assert_eq!(one.expose_secret().len(), 46);
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert_eq!(password().unwrap().expose_secret().len(), 20);
    }

    #[test]
    fn comparing() {
        assert!(same("a secret", "a secret"));
        assert!(!same("a secret", "a secret "));
        assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
