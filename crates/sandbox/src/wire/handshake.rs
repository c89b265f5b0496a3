//! The responder's side of the two Noise patterns clients use: XX to meet, IK to come back.

use thiserror::Error;
use wacore_binary::consts::{NOISE_PATTERN_IK, NOISE_PATTERN_XX, NOISE_PATTERN_XXFALLBACK};
use wacore_libsignal::protocol::KeyPair;
use wacore_noise::{HandshakeError, NoiseCipher, NoiseHandshake};
use waproto::buffa::{Message as _, MessageField};
use waproto::whatsapp::handshake_message::{ClientHello, ServerHello};
use waproto::whatsapp::{ClientPayload, HandshakeMessage};

use super::ServerKeys;
use crate::random;

#[derive(Debug, Error)]
pub(super) enum NoiseFailure {
    #[error("the handshake message does not decode: {0}")]
    Malformed(String),
    #[error("the handshake message lacks {0}")]
    Missing(&'static str),
    #[error("the Noise handshake failed: {0}")]
    Noise(#[from] HandshakeError),
}

/// A client whose keys are proven.
pub(super) struct Secured {
    pub(super) inbound: NoiseCipher,
    pub(super) outbound: NoiseCipher,
    pub(super) client_static: [u8; 32],
    pub(super) payload: ClientPayload,
}

/// What the client's first message asks for.
pub(super) enum Opening {
    /// It knew our static key: done after one answer.
    Resumed { answer: Vec<u8>, secured: Box<Secured> },
    /// It did not: one more message is due.
    Meeting { answer: Vec<u8>, half: Box<HalfMet> },
}

/// XX after our answer, before the client has shown its static key.
pub(super) struct HalfMet {
    noise: NoiseHandshake,
    ephemeral: KeyPair,
}

pub(super) fn open(keys: &ServerKeys, prologue: &[u8; 4], frame: &[u8]) -> Result<Opening, NoiseFailure> {
    let hello = decode(frame)?.client_hello.into_option().ok_or(NoiseFailure::Missing("client_hello"))?;
    let client_ephemeral = hello.ephemeral.clone().ok_or(NoiseFailure::Missing("client_hello.ephemeral"))?;
    match resumption(&hello) {
        Some(sealed) => resume(keys, prologue, &client_ephemeral, sealed),
        None => meet(NOISE_PATTERN_XX, keys, prologue, &client_ephemeral),
    }
}

impl HalfMet {
    pub(super) fn finish(mut self, frame: &[u8]) -> Result<Secured, NoiseFailure> {
        let finish = decode(frame)?.client_finish.into_option().ok_or(NoiseFailure::Missing("client_finish"))?;
        let sealed_static = finish.r#static.ok_or(NoiseFailure::Missing("client_finish.static"))?;
        let sealed_payload = finish.payload.ok_or(NoiseFailure::Missing("client_finish.payload"))?;
        let client_static = self.noise.decrypt(&sealed_static)?;
        self.noise.mix_shared_secret(self.ephemeral.private_key.serialize(), &client_static)?;
        let payload = self.noise.decrypt(&sealed_payload)?;
        secured(self.noise, &client_static, &payload)
    }
}

fn resumption(hello: &ClientHello) -> Option<(&[u8], &[u8])> {
    Some((hello.r#static.as_deref()?, hello.payload.as_deref()?))
}

fn meet(
    pattern: &str,
    keys: &ServerKeys,
    prologue: &[u8; 4],
    client_ephemeral: &[u8],
) -> Result<Opening, NoiseFailure> {
    let ephemeral = random::key_pair();
    let mut noise = NoiseHandshake::new(pattern, prologue)?;
    noise.authenticate(client_ephemeral);
    noise.authenticate(ephemeral.public_key.public_key_bytes());
    noise.mix_shared_secret(ephemeral.private_key.serialize(), client_ephemeral)?;
    let sealed_static = noise.encrypt(keys.noise_public())?;
    noise.mix_shared_secret(keys.noise_private(), client_ephemeral)?;
    let sealed_chain = noise.encrypt(keys.chain())?;
    let answer = server_hello(&ephemeral, Some(sealed_static), sealed_chain);
    Ok(Opening::Meeting { answer, half: Box::new(HalfMet { noise, ephemeral }) })
}

fn resume(
    keys: &ServerKeys,
    prologue: &[u8; 4],
    client_ephemeral: &[u8],
    (sealed_static, sealed_payload): (&[u8], &[u8]),
) -> Result<Opening, NoiseFailure> {
    let ephemeral = random::key_pair();
    let mut noise = NoiseHandshake::new(NOISE_PATTERN_IK, prologue)?;
    noise.authenticate(keys.noise_public());
    noise.authenticate(client_ephemeral);
    noise.mix_shared_secret(keys.noise_private(), client_ephemeral)?;
    // A client that remembers another network's key is met anew under the same ephemeral key.
    let Ok(client_static) = noise.decrypt(sealed_static) else {
        return meet(NOISE_PATTERN_XXFALLBACK, keys, prologue, client_ephemeral);
    };
    noise.mix_shared_secret(keys.noise_private(), &client_static)?;
    let payload = noise.decrypt(sealed_payload)?;
    noise.authenticate(ephemeral.public_key.public_key_bytes());
    noise.mix_shared_secret(ephemeral.private_key.serialize(), client_ephemeral)?;
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_static)?;
    let sealed_chain = noise.encrypt(keys.chain())?;
    let answer = server_hello(&ephemeral, None, sealed_chain);
    Ok(Opening::Resumed { answer, secured: Box::new(secured(noise, &client_static, &payload)?) })
}

/// The client's write key is the first half of the split, so it is our read key.
fn secured(noise: NoiseHandshake, client_static: &[u8], payload: &[u8]) -> Result<Secured, NoiseFailure> {
    let (inbound, outbound) = noise.finish()?;
    let client_static = client_static.try_into().map_err(|_| NoiseFailure::Missing("a static key of 32 bytes"))?;
    let payload = ClientPayload::decode_from_slice(payload).map_err(|e| NoiseFailure::Malformed(e.to_string()))?;
    Ok(Secured { inbound, outbound, client_static, payload })
}

fn server_hello(ephemeral: &KeyPair, sealed_static: Option<Vec<u8>>, sealed_chain: Vec<u8>) -> Vec<u8> {
    let hello = ServerHello {
        ephemeral: Some(ephemeral.public_key.public_key_bytes().to_vec()),
        r#static: sealed_static,
        payload: Some(sealed_chain),
        ..Default::default()
    };
    HandshakeMessage { server_hello: MessageField::some(hello), ..Default::default() }.encode_to_vec()
}

fn decode(frame: &[u8]) -> Result<HandshakeMessage, NoiseFailure> {
    HandshakeMessage::decode_from_slice(frame).map_err(|e| NoiseFailure::Malformed(e.to_string()))
}
