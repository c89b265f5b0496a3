//! The device's own keys and names.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use switchboard_core::engine::{EngineError, Form};
use wacore::store::Device;
use wacore_binary::Jid;
use wacore_libsignal::protocol::{KeyPair, PrivateKey};
use waproto::whatsapp::ADVSignedDeviceIdentity;

use super::{
    buffer::{base64, buffer, bytes, fixed, from_base64},
    prekey,
    state::State,
    unreadable,
};
use crate::backend::layout::{IDENTITY, LATEST};

pub(super) fn export(device: &Device, state: &State, form: Form) -> Result<Value, EngineError> {
    let unlinked = || EngineError::Corrupt("the session has no account yet".to_owned());
    let pn = device.pn.as_ref().ok_or_else(unlinked)?;
    let account = device.account.as_deref().ok_or_else(unlinked)?;
    let account_key = account.account_signature_key.as_deref().map(<[u8]>::to_vec);
    let account_key = account_key.or_else(|| phone_identity(device, state)).ok_or_else(unlinked)?;
    let mut me = Map::new();
    me.insert("id".to_owned(), json!(pn.to_string()));
    if let Some(lid) = &device.lid {
        me.insert("lid".to_owned(), json!(lid.to_string()));
    }
    if !device.push_name.is_empty() {
        me.insert("name".to_owned(), json!(device.push_name));
    }
    // Both versions name the phone by what they go by themselves.
    let named = match form {
        Form::Baileys7 => device.lid.as_ref().unwrap_or(pn),
        Form::Baileys6 => pn,
    };
    let next = device.next_pre_key_id.max(1);
    let first = if device.first_unupload_pre_key_id == 0 { next } else { device.first_unupload_pre_key_id };
    let mut creds = json!({
        "noiseKey": pair(&device.noise_key),
        // Only ever used for linking by code.
        "pairingEphemeralKeyPair": pair(&Device::new().noise_key),
        "signedIdentityKey": pair(&device.identity_key),
        "signedPreKey": {
            "keyPair": pair(&device.signed_pre_key),
            "signature": buffer(&device.signed_pre_key_signature),
            "keyId": device.signed_pre_key_id,
        },
        "registrationId": device.registration_id,
        "advSecretKey": base64(&device.adv_secret_key),
        "me": me,
        "account": {
            "details": buffer(account.details.as_deref().unwrap_or_default()),
            "accountSignatureKey": buffer(&account_key),
            "accountSignature": buffer(account.account_signature.as_deref().unwrap_or_default()),
            "deviceSignature": buffer(account.device_signature.as_deref().unwrap_or_default()),
        },
        "signalIdentities": [{
            "identifier": { "name": named.to_string(), "deviceId": 0 },
            "identifierKey": buffer(&prefixed(&account_key)),
        }],
        "processedHistoryMessages": [],
        "nextPreKeyId": next,
        "firstUnuploadedPreKeyId": first,
        // Not the first time: history is not waited for.
        "accountSyncCounter": 1,
        "accountSettings": { "unarchiveChats": false },
        "registered": true,
    });
    if let Some(id) = state.get(LATEST, "-") {
        creds["myAppStateKeyId"] = json!(base64(id));
    }
    Ok(creds)
}

/// The device that these creds describe; `ours` is the one that we had of the same link.
pub(super) fn import(creds: &Value, ours: Option<Device>) -> Result<Device, EngineError> {
    let mut device = Device::new();
    device.identity_key = read_pair(creds, "signedIdentityKey")?;
    device.noise_key = read_pair(creds, "noiseKey")?;
    device.pn = Some(jid(creds, "id")?.ok_or_else(|| unreadable("creds.me.id is missing: it is not linked"))?);
    device.lid = jid(creds, "lid")?;
    if let Some(ours) = ours {
        same_link(&device, &ours)?;
        device = Device { lid: device.lid.or_else(|| ours.lid.clone()), ..ours };
    }
    device.registration_id = number(&creds["registrationId"]).ok_or_else(|| missing("registrationId"))?;
    let signed = &creds["signedPreKey"];
    device.signed_pre_key = read_pair(signed, "keyPair")?;
    device.signed_pre_key_id = number(&signed["keyId"]).ok_or_else(|| missing("signedPreKey.keyId"))?;
    device.signed_pre_key_signature = fixed(&signed["signature"]).ok_or_else(|| missing("signedPreKey.signature"))?;
    let adv = creds["advSecretKey"].as_str().and_then(from_base64).and_then(|key| key.try_into().ok());
    device.adv_secret_key = adv.ok_or_else(|| missing("advSecretKey"))?;
    device.account = Some(Arc::new(account(&creds["account"])?));
    if let Some(name) = creds["me"]["name"].as_str() {
        name.clone_into(&mut device.push_name);
    }
    device.next_pre_key_id = device.next_pre_key_id.max(prekey_number(creds, "nextPreKeyId")?);
    device.first_unupload_pre_key_id = prekey_number(creds, "firstUnuploadedPreKeyId")?;
    device.server_has_prekeys = true;
    Ok(device)
}

fn prekey_number(creds: &Value, name: &str) -> Result<u32, EngineError> {
    number(&creds[name]).and_then(prekey).ok_or_else(|| missing(name))
}

fn same_link(given: &Device, ours: &Device) -> Result<(), EngineError> {
    let keys =
        |device: &Device| (*device.identity_key.private_key.serialize(), *device.noise_key.private_key.serialize());
    if keys(given) == keys(ours) && given.pn == ours.pn {
        return Ok(());
    }
    Err(unreadable("creds are those of another link: only the one that was handed over can be given back"))
}

fn account(value: &Value) -> Result<ADVSignedDeviceIdentity, EngineError> {
    let part = |name: &str| bytes(&value[name]).filter(|part| !part.is_empty());
    let details = part("details").ok_or_else(|| missing("account.details"))?;
    Ok(ADVSignedDeviceIdentity {
        details: Some(details),
        account_signature_key: part("accountSignatureKey"),
        account_signature: part("accountSignature"),
        device_signature: part("deviceSignature"),
    })
}

/// The phone signs with its own identity, which is kept for its address.
fn phone_identity(device: &Device, state: &State) -> Option<Vec<u8>> {
    let of = |user: &str, server: &str| state.get(IDENTITY, &format!("{user}@{server}.0")).map(<[u8]>::to_vec);
    let by_lid = device.lid.as_ref().and_then(|lid| of(&lid.user, "lid"));
    by_lid.or_else(|| device.pn.as_ref().and_then(|pn| of(&pn.user, "c.us")))
}

fn jid(creds: &Value, name: &str) -> Result<Option<Jid>, EngineError> {
    let Some(text) = creds["me"][name].as_str() else { return Ok(None) };
    text.parse().map(Some).map_err(|_| unreadable(format!("creds.me.{name} is no address")))
}

pub(super) fn pair(pair: &KeyPair) -> Value {
    json!({
        "private": buffer(pair.private_key.serialize()),
        "public": buffer(pair.public_key.public_key_bytes()),
    })
}

fn read_pair(within: &Value, name: &str) -> Result<KeyPair, EngineError> {
    key_pair(&within[name]).ok_or_else(|| missing(name))
}

/// The public half follows from the private one.
pub(super) fn key_pair(value: &Value) -> Option<KeyPair> {
    let private = fixed::<32>(&value["private"])?;
    KeyPair::try_from(PrivateKey::deserialize(&private).ok()?).ok()
}

/// With the byte that names the curve.
pub(super) fn prefixed(key: &[u8]) -> Vec<u8> {
    if key.len() == 33 { key.to_vec() } else { std::iter::once(5).chain(key.iter().copied()).collect() }
}

pub(super) fn number(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

fn missing(name: &str) -> EngineError {
    unreadable(format!("creds.{name} is missing or malformed"))
}
