//! Argon2id, one at a time and away from the async threads: each hash needs 19 MiB.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::Error;

/// More sign-ins than this waiting for their turn are turned away.
const LONGEST_QUEUE: usize = 64;
/// Characters that a password has at least.
pub const SHORTEST_PASSWORD: usize = 8;
const LONGEST: usize = 256;
/// Checked in place of the hash of a user who does not exist: as costly as a real one, and never right.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(crate) struct Passwords {
    queue: Semaphore,
    turn: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { queue: Semaphore::new(LONGEST_QUEUE), turn: Semaphore::new(1) }
    }
}

impl Passwords {
    pub(crate) async fn hash(&self, password: &SecretString) -> Result<String, Error> {
        let password = password.clone();
        self.work(move || {
            let hash = Argon2::default().hash_password(password.expose_secret().as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|e| Error::internal(format!("hashing a password: {e}")))
        })
        .await?
    }

    /// Without a hash to compare with it takes as long and is always wrong.
    pub(crate) async fn verify(&self, password: &SecretString, hash: Option<&str>) -> Result<bool, Error> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(DECOY).to_owned();
        let password = password.clone();
        let right = self.work(move || matches(&password, &hash)).await??;
        Ok(known && right)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let busy = Error::RateLimited { retry_after: std::time::Duration::from_secs(1) };
        let _place = self.queue.try_acquire().map_err(|_| busy)?;
        let _turn = self.turn.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn matches(password: &SecretString, hash: &str) -> Result<bool, Error> {
    let hash = PasswordHash::new(hash).map_err(|e| Error::internal(format!("a stored password hash: {e}")))?;
    Ok(Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok())
}

/// Whether a password may be chosen.
pub(crate) fn check_new(password: &SecretString) -> Result<(), Error> {
    match password.expose_secret().chars().count() {
        SHORTEST_PASSWORD..=LONGEST => Ok(()),
        length => Err(Error::invalid(
            "password",
            format!("has {length} characters, {SHORTEST_PASSWORD} to {LONGEST} are needed"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hashes_verify_and_are_salted() {
        let passwords = Passwords::default();
        let password: SecretString = "correct horse".to_owned().into();
        let hash = passwords.hash(&password).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash(&password).await.unwrap());
        assert!(passwords.verify(&password, Some(&hash)).await.unwrap());
        assert!(!passwords.verify(&"wrong".to_owned().into(), Some(&hash)).await.unwrap());
        assert!(!passwords.verify(&password, None).await.unwrap());
        assert_eq!(DECOY.split('$').nth(3), hash.split('$').nth(3), "the decoy costs what a real hash costs");
        assert!(PasswordHash::new(DECOY).is_ok());
    }

    #[test]
    fn lengths() {
        assert!(check_new(&"1234567".to_owned().into()).is_err());
        assert!(check_new(&"12345678".to_owned().into()).is_ok());
        assert!(check_new(&"x".repeat(257).into()).is_err());
    }
}
