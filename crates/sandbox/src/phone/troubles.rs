//! What a phone could not open, counted: on a network without faults every count stays at nothing.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Sealed;

/// A network brings a ciphertext again soon or not at all.
const REMEMBERED: usize = 256;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Troubles {
    /// Messages that could not be opened; most were asked for again, and came.
    pub undecryptable: u64,
    /// Different ciphertexts under a key that was used before: their sender went back in time. Nothing brings these
    /// messages back, for apps take them for copies.
    pub reused_keys: u64,
}

/// The newest ciphertexts that were opened.
#[derive(Default)]
pub(super) struct Opened(VecDeque<[u8; 32]>);

impl Opened {
    pub(super) fn remember(&mut self, sealed: &Sealed) {
        self.0.truncate(REMEMBERED - 1);
        self.0.push_front(digest(sealed));
    }

    /// Whether it is this very ciphertext that was opened, and not another under the same key.
    pub(super) fn has(&self, sealed: &Sealed) -> bool {
        self.0.contains(&digest(sealed))
    }
}

fn digest(sealed: &Sealed) -> [u8; 32] {
    Sha256::digest(&sealed.bytes).into()
}
