//! The network's long-lived keys and the certificate chain built from them.

use serde::{Deserialize, Serialize};
use wacore_libsignal::protocol::{CurveError, KeyPair, PrivateKey};
use waproto::buffa::{Message as _, MessageField};
use waproto::whatsapp::CertChain;
use waproto::whatsapp::cert_chain::NoiseCertificate;
use waproto::whatsapp::cert_chain::noise_certificate::Details;

use crate::random;

/// Clients compare the serials: the root is 0, the intermediate 1, the leaf 2.
const ROOT_SERIAL: u32 = 0;
const INTERMEDIATE_SERIAL: u32 = 1;
const LEAF_SERIAL: u32 = 2;
const DAY: u64 = 86_400;
const TEN_YEARS: u64 = 3650 * DAY;

/// Kept across restarts: a client that resumes by IK already trusts the static key.
pub struct ServerKeys {
    root: KeyPair,
    noise: KeyPair,
    chain: Vec<u8>,
}

/// Private keys as they are written to the data directory.
#[derive(Serialize, Deserialize)]
pub(crate) struct SavedKeys {
    root: [u8; 32],
    intermediate: [u8; 32],
    noise: [u8; 32],
    issued_at: u64,
}

impl SavedKeys {
    pub(crate) fn generate(now: u64) -> Self {
        let secret = || *random::key_pair().private_key.serialize();
        Self { root: secret(), intermediate: secret(), noise: secret(), issued_at: now }
    }
}

impl ServerKeys {
    pub(crate) fn load(saved: &SavedKeys) -> Result<Self, CurveError> {
        let pair = |secret: &[u8; 32]| KeyPair::try_from(PrivateKey::deserialize(secret)?);
        let (root, intermediate, noise) = (pair(&saved.root)?, pair(&saved.intermediate)?, pair(&saved.noise)?);
        let chain = CertChain {
            intermediate: certificate(&root, (INTERMEDIATE_SERIAL, ROOT_SERIAL), &intermediate, saved.issued_at)?,
            leaf: certificate(&intermediate, (LEAF_SERIAL, INTERMEDIATE_SERIAL), &noise, saved.issued_at)?,
        }
        .encode_to_vec();
        Ok(Self { root, noise, chain })
    }

    /// What a client that pins its own root must be given to accept this network.
    pub fn root_public(&self) -> &[u8] {
        self.root.public_key.public_key_bytes()
    }

    pub(super) fn noise_public(&self) -> &[u8] {
        self.noise.public_key.public_key_bytes()
    }

    pub(super) fn noise_private(&self) -> &[u8; 32] {
        self.noise.private_key.serialize()
    }

    pub(super) fn chain(&self) -> &[u8] {
        &self.chain
    }
}

fn certificate(
    issuer: &KeyPair,
    (serial, issuer_serial): (u32, u32),
    subject: &KeyPair,
    issued_at: u64,
) -> Result<MessageField<NoiseCertificate>, CurveError> {
    let details = Details {
        serial: Some(serial),
        issuer_serial: Some(issuer_serial),
        key: Some(subject.public_key.public_key_bytes().to_vec()),
        not_before: Some(issued_at.saturating_sub(DAY)),
        not_after: Some(issued_at + TEN_YEARS),
    }
    .encode_to_vec();
    let signature = issuer.calculate_signature(&details, &mut random::rng())?.to_vec();
    Ok(MessageField::some(NoiseCertificate { signature: Some(signature), details: Some(details) }))
}
