//! The device's own keys and names.

use std::sync::Arc;

use serde_json::Value;
use switchboard_core::engine::EngineError;
use wacore::store::Device;
use wacore_binary::Jid;
use wacore_libsignal::protocol::{KeyPair, PrivateKey};
use waproto::whatsapp::ADVSignedDeviceIdentity;

use super::super::{
    buffer::{bytes, fixed},
    creds::number,
    unreadable,
};

pub(super) fn read(row: &Value) -> Result<Device, EngineError> {
    let mut device = Device::new();
    device.pn = Some(jid(row, "jid")?.ok_or_else(|| missing("jid"))?);
    device.lid = jid(row, "lid")?;
    device.noise_key = pair(row, "noise_key")?;
    device.identity_key = pair(row, "identity_key")?;
    device.signed_pre_key = pair(row, "signed_pre_key")?;
    device.signed_pre_key_id = whole(row, "signed_pre_key_id")?;
    device.signed_pre_key_signature = fixed(&row["signed_pre_key_sig"]).ok_or_else(|| missing("signed_pre_key_sig"))?;
    device.registration_id = whole(row, "registration_id")?;
    device.adv_secret_key = fixed(&row["adv_key"]).ok_or_else(|| missing("adv_key"))?;
    device.account = Some(Arc::new(account(row)?));
    device.lid_migrated = row["lid_migration_ts"].as_i64().is_some_and(|at| at > 0);
    if let Some(name) = row["push_name"].as_str() {
        name.clone_into(&mut device.push_name);
    }
    Ok(device)
}

/// Only the private half is stored: the public one follows from it.
pub(super) fn pair_of(value: &Value) -> Option<KeyPair> {
    KeyPair::try_from(PrivateKey::deserialize(&fixed::<32>(value)?).ok()?).ok()
}

fn account(row: &Value) -> Result<ADVSignedDeviceIdentity, EngineError> {
    let part = |name: &'static str| bytes(&row[name]).filter(|part| !part.is_empty());
    Ok(ADVSignedDeviceIdentity {
        details: Some(part("adv_details").ok_or_else(|| missing("adv_details"))?),
        account_signature_key: part("adv_account_sig_key"),
        account_signature: part("adv_account_sig"),
        device_signature: part("adv_device_sig"),
    })
}

fn jid(row: &Value, name: &'static str) -> Result<Option<Jid>, EngineError> {
    let Some(text) = row[name].as_str().filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| unreadable(format!("whatsmeow_device.{name} is no address")))
}

fn pair(row: &Value, name: &'static str) -> Result<KeyPair, EngineError> {
    pair_of(&row[name]).ok_or_else(|| missing(name))
}

fn whole(row: &Value, name: &'static str) -> Result<u32, EngineError> {
    number(&row[name]).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> EngineError {
    unreadable(format!("whatsmeow_device.{name} is missing or malformed"))
}
