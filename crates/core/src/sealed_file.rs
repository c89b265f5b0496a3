//! Files that leave the gateway with secrets in them, sealed under a passphrase: what opens them is derived from it with
//! Argon2id, so that guessing is dear.

use argon2::Argon2;
use secrecy::{ExposeSecret, SecretSlice};
use switchboard_store::vault::{open_under, seal_under};

use crate::{Error, secrets};

/// The file's beginning, for whoever wonders what it is.
const HEAD: &[u8; 24] = b"switchboard sealed file\n";
const SALT: usize = 16;
const PURPOSE: &str = "sealed file";

/// The head, the salt, and the envelope.
pub fn seal(passphrase: &SecretSlice<u8>, plain: &[u8]) -> Result<Vec<u8>, Error> {
    let salt = secrets::random::<SALT>()?;
    let envelope = seal_under(&key(passphrase, &salt)?, PURPOSE, plain)?;
    Ok([HEAD.as_slice(), &salt, &envelope].concat())
}

#[must_use]
pub fn is_sealed(file: &[u8]) -> bool {
    file.starts_with(HEAD)
}

/// Refuses a wrong passphrase and a file that was changed alike: nobody can tell them apart.
pub fn open(passphrase: &SecretSlice<u8>, file: &[u8]) -> Result<Vec<u8>, Error> {
    let wrong = || Error::invalid("passphrase", "does not open this file, or the file was changed");
    let rest = file.strip_prefix(HEAD.as_slice()).ok_or_else(wrong)?;
    let (salt, envelope) = rest.split_at_checked(SALT).ok_or_else(wrong)?;
    open_under(&key(passphrase, salt)?, PURPOSE, envelope).ok_or_else(wrong)
}

fn key(passphrase: &SecretSlice<u8>, salt: &[u8]) -> Result<[u8; 32], Error> {
    if passphrase.expose_secret().is_empty() {
        return Err(Error::invalid("passphrase", "must not be empty"));
    }
    let mut key = [0; 32];
    let derived = Argon2::default().hash_password_into(passphrase.expose_secret(), salt, &mut key);
    derived.map_err(|error| Error::internal(format!("deriving a key: {error}")))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> SecretSlice<u8> {
        text.as_bytes().to_vec().into()
    }

    #[test]
    fn opens_under_its_passphrase_and_unchanged() {
        let sealed = seal(&phrase("correct horse"), b"secret").unwrap();
        assert!(is_sealed(&sealed) && !is_sealed(b"{}"));
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(open(&phrase("correct horse"), &sealed).unwrap(), b"secret");
        assert!(open(&phrase("correct hors"), &sealed).is_err());
        let flipped = |at: usize| {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            open(&phrase("correct horse"), &changed)
        };
        for at in [HEAD.len(), HEAD.len() + SALT + 6, sealed.len() - 1] {
            assert!(flipped(at).is_err(), "{at}");
        }
        for short in [0, HEAD.len(), HEAD.len() + 3, HEAD.len() + SALT] {
            assert!(open(&phrase("correct horse"), &sealed[..short]).is_err(), "{short}");
        }
        assert!(seal(&phrase(""), b"secret").is_err());
    }

    #[test]
    fn the_same_is_never_sealed_alike() {
        assert_ne!(seal(&phrase("a"), b"x").unwrap(), seal(&phrase("a"), b"x").unwrap());
    }
}
