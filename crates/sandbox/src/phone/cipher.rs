//! Sealing for a device and opening what a device has sealed.

use futures_util::FutureExt;
use wacore::messages::{MessageUtils, decode_plaintext};
use wacore_libsignal::protocol::{
    self as signal, CiphertextMessage, DeviceId, IdentityKey, PreKeySignalMessage, ProtocolAddress, PublicKey,
    SignalMessage, SignalProtocolError, UsePQRatchet,
};
use waproto::whatsapp as wa;

use super::stores::{Identity, OneTime, Signed};
use super::{EncKind, Phone, PhoneError, Sealed};
use crate::domain::{DeviceAddr, PreKeyBundle};
use crate::random::rng;

/// Plaintexts are padded; this is how the clients number that padding.
pub(super) const PADDED: u8 = 2;

impl Phone {
    pub fn needs_bundle(&self, to: &DeviceAddr) -> bool {
        !self.sessions.has(&address(to))
    }

    /// Pads and encrypts. A bundle given while there is a session already is not used.
    pub fn seal(
        &mut self,
        to: &DeviceAddr,
        bundle: Option<&PreKeyBundle>,
        message: &wa::Message,
    ) -> Result<Sealed, PhoneError> {
        if self.needs_bundle(to) {
            let bundle = bundle.ok_or_else(|| PhoneError::NoSession(to.clone()))?;
            self.open_session(to, bundle)?;
        }
        let padded = MessageUtils::encode_and_pad(message);
        let mut identity = Identity(&self.keys);
        let sealed = ready(signal::message_encrypt(&padded, &address(to), &mut self.sessions, &mut identity));
        sealed.map(packed).map_err(|source| PhoneError::BadBundle { device: to.clone(), source })
    }

    /// Decrypts and unpads.
    pub fn open(&mut self, from: &DeviceAddr, sealed: &Sealed) -> Result<wa::Message, PhoneError> {
        let ciphertext = parse(sealed)?;
        let opened = ready(signal::message_decrypt(
            &ciphertext,
            &address(from),
            &mut self.sessions,
            &mut Identity(&self.keys),
            &mut OneTime(&self.keys.one_time),
            &Signed(&self.keys),
            &mut rng(),
            UsePQRatchet::No,
        ))
        .map_err(refused)?;
        if let Some(used) = opened.consumed_prekey_id {
            self.keys.one_time.remove(&used.into());
        }
        decode_plaintext(&opened.plaintext, PADDED).map_err(|e| PhoneError::CannotOpen(e.to_string()))
    }

    pub(super) fn open_session(&mut self, with: &DeviceAddr, bundle: &PreKeyBundle) -> Result<(), PhoneError> {
        let bad = |source| PhoneError::BadBundle { device: with.clone(), source };
        let bundle = signal_bundle(with, bundle).map_err(bad)?;
        ready(signal::process_prekey_bundle(
            &address(with),
            &mut self.sessions,
            &mut Identity(&self.keys),
            &bundle,
            &mut rng(),
            UsePQRatchet::No,
        ))
        .map_err(bad)?;
        Ok(())
    }

    /// The next message to the device begins a session anew.
    pub(super) fn retire_session(&mut self, with: &DeviceAddr) {
        if let Err(error) = self.sessions.retire(&address(with)) {
            tracing::debug!(%error, "a session could not be put aside");
        }
    }
}

/// The name of a session. Without the kind of address: number and hidden id are one device.
fn address(device: &DeviceAddr) -> ProtocolAddress {
    ProtocolAddress::new(&device.user, DeviceId::from(u32::from(device.device)))
}

/// The stores never wait, so neither does anything built on them.
pub(super) fn ready<T>(future: impl Future<Output = Result<T, SignalProtocolError>>) -> Result<T, SignalProtocolError> {
    let pending = || SignalProtocolError::InvalidState("phone", "a store in memory had to wait".into());
    future.now_or_never().unwrap_or_else(|| Err(pending()))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map` wants")]
fn packed(message: CiphertextMessage) -> Sealed {
    let kind = match message {
        CiphertextMessage::PreKeySignalMessage(_) => EncKind::Pkmsg,
        _ => EncKind::Msg,
    };
    Sealed { kind, bytes: message.serialize().to_vec() }
}

fn parse(sealed: &Sealed) -> Result<CiphertextMessage, PhoneError> {
    let bytes = sealed.bytes.as_slice();
    match sealed.kind {
        EncKind::Pkmsg => PreKeySignalMessage::try_from(bytes).map(CiphertextMessage::PreKeySignalMessage),
        EncKind::Msg => SignalMessage::try_from(bytes).map(CiphertextMessage::SignalMessage),
        EncKind::Skmsg => return Err(PhoneError::CannotOpen("it is sealed for a group, not for a device".into())),
    }
    .map_err(refused)
}

pub(super) fn refused(error: SignalProtocolError) -> PhoneError {
    match error {
        SignalProtocolError::DuplicatedMessage(..) => PhoneError::Duplicate,
        other => PhoneError::CannotOpen(other.to_string()),
    }
}

fn signal_bundle(device: &DeviceAddr, bundle: &PreKeyBundle) -> Result<signal::PreKeyBundle, SignalProtocolError> {
    let key = |bytes: &[u8]| PublicKey::from_djb_public_key_bytes(bytes);
    let one_time = match &bundle.one_time {
        Some(one_time) => Some((one_time.id.into(), key(&one_time.value)?)),
        None => None,
    };
    signal::PreKeyBundle::new(
        bundle.registration,
        DeviceId::from(u32::from(device.device)),
        one_time,
        bundle.signed.id.into(),
        key(&bundle.signed.value)?,
        bundle.signed.signature.clone(),
        IdentityKey::new(key(&bundle.identity)?),
    )
}
