//! Argon2id, one at a time and away from the async threads: each hash needs 19 MiB.

use std::sync::Arc;

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
    queue: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { queue: Arc::new(Semaphore::new(LONGEST_QUEUE)), turn: Arc::new(Semaphore::new(1)) }
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
        let place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| busy)?;
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(Error::internal)?;
        // The work goes on when whoever asked is gone, and so does its turn.
        let work = move || {
            let _turn = (place, turn);
            work()
        };
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

    #[tokio::test]
    async fn work_keeps_its_turn_when_whoever_asked_hangs_up() {
        let passwords = Passwords::default();
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        crate::testing::hang_up(passwords.work(move || finished.recv())).await;
        let free = || (passwords.turn.available_permits(), passwords.queue.available_permits());
        assert_eq!(free(), (0, LONGEST_QUEUE - 1));
        drop(finish);
        passwords.work(|| ()).await.expect("its turn comes");
    }

    #[test]
    fn lengths() {
        assert!(check_new(&"1234567".to_owned().into()).is_err());
        assert!(check_new(&"12345678".to_owned().into()).is_ok());
        assert!(check_new(&"x".repeat(257).into()).is_err());
    }
}
