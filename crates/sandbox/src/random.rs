//! Randomness, all of it seeded by the operating system.

use rand::Rng;
use rand::rngs::StdRng;
use wacore_libsignal::protocol::KeyPair;

pub(crate) fn rng() -> StdRng {
    rand::make_rng()
}

pub(crate) fn key_pair() -> KeyPair {
    KeyPair::generate(&mut rng())
}

pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    rng().fill_bytes(&mut out);
    out
}
