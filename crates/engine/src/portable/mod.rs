//! The stored state of a session as the auth state of another client, and back.
//!
//! - `state`: the rows in hand; `address`: how each side names a device; `buffer`: bytes within JSON
//! - `creds`, `sessions`, `sender_keys`, `shared`: the parts, both ways
//! - `whatsmeow`: the store of another gateway, one way only
//! - `export` and `import` put them together; `renew` is for the way back without a state
//!
//! Ratchets always pass through the records' own readers, which move counters past everything that may have been
//! used. What cannot be expressed is left out and named in the warnings: peers begin anew with it.

mod address;
mod buffer;
mod creds;
mod export;
mod import;
mod renew;
mod sender_keys;
mod sessions;
mod shared;
mod state;
mod whatsmeow;

use sha2::{Digest, Sha256};
use switchboard_core::engine::EngineError;
use wacore::store::Device;

pub(crate) use self::{export::export, import::import, renew::without_ratchets};

/// Names a link by its keys, without giving them away.
pub(crate) fn mark(device: &Device) -> String {
    let mut digest = Sha256::new();
    digest.update(device.identity_key.public_key.public_key_bytes());
    digest.update(device.noise_key.public_key.public_key_bytes());
    digest.update(device.pn.as_ref().map(ToString::to_string).unwrap_or_default());
    hex::encode(&digest.finalize()[..16])
}

/// What is wrong with a state that somebody brings.
fn unreadable(what: impl std::fmt::Display) -> EngineError {
    EngineError::Corrupt(what.to_string())
}

/// The network's numbers of one-time prekeys have three bytes.
const LAST_PREKEY: u32 = 0x00FF_FFFF;

/// The number of the next prekey: behind the last one comes the first.
fn prekey_after(number: u32) -> u32 {
    if number < LAST_PREKEY { number + 1 } else { 1 }
}

/// A number that a prekey can have.
fn prekey(number: u32) -> Option<u32> {
    (1..=LAST_PREKEY).contains(&number).then_some(number)
}

/// What was left out, by kind; each kind is one warning.
#[derive(Default)]
struct Left(std::collections::BTreeMap<&'static str, usize>);

impl Left {
    fn out(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    fn warnings(self) -> Vec<String> {
        self.0.into_iter().map(|(what, count)| format!("left out: {count} {what}")).collect()
    }
}
