//! Sender keys of groups. Baileys keeps the newest state last, the engine first.

use serde_json::{Value, json};
use wacore_libsignal::protocol::{
    SenderChainKeyComponents, SenderKeyRecord, SenderKeyRecordComponents, SenderKeyStateComponents,
    SenderMessageKeyComponents, SenderSigningKeyComponents,
};

use super::{
    address::Address,
    buffer::{buffer, bytes},
};

/// `group:address` here, `group::user::device` there.
pub(super) fn baileys_name(id: &str, place: impl Fn(&Address) -> Address) -> Option<String> {
    let (group, sender) = id.split_once(':')?;
    let sender = place(&Address::parse(sender)?);
    Some(format!("{group}::{}::{}", sender.signal_user(), sender.device))
}

pub(super) fn native_name(id: &str) -> Option<String> {
    let mut parts = id.split("::");
    let (group, user, device) = (parts.next()?, parts.next()?, parts.next()?);
    // Files cannot be named with colons, so a folder has dashes instead; that is mended where the folder is read.
    parts.next().is_none().then_some(())?;
    Some(format!("{group}:{}", Address::from_parts(user, device)?.native()))
}

/// The list of states; the caller packs it as its form asks.
pub(super) fn export(stored: &[u8]) -> Option<Value> {
    let components = SenderKeyRecord::deserialize(stored).ok()?.into_components().ok()?;
    if components.states.is_empty() {
        return None;
    }
    Some(components.states.iter().rev().map(write).collect())
}

/// Takes the list itself, or its text as bytes.
pub(super) fn import(value: &Value) -> Option<Vec<u8>> {
    let unpacked;
    let states = match value.as_array().filter(|items| items.iter().all(Value::is_object)) {
        Some(states) => states,
        None => {
            unpacked = serde_json::from_slice::<Value>(&bytes(value)?).ok()?;
            unpacked.as_array()?
        }
    };
    let states: Option<Vec<_>> = states.iter().rev().map(read).collect();
    let record = SenderKeyRecord::from_components(SenderKeyRecordComponents { states: states? }).ok()?;
    record.serialize().ok()
}

fn write(state: &SenderKeyStateComponents) -> Value {
    let keys = state.message_keys.iter();
    let keys: Vec<_> = keys.map(|key| json!({ "iteration": key.iteration, "seed": buffer(&key.seed) })).collect();
    json!({
        "senderKeyId": state.key_id,
        "senderChainKey": { "iteration": state.chain_key.iteration, "seed": buffer(&state.chain_key.seed) },
        "senderSigningKey": {
            "public": buffer(&state.signing_key.public),
            "private": buffer(state.signing_key.private.as_deref().unwrap_or_default()),
        },
        "senderMessageKeys": keys,
    })
}

fn read(state: &Value) -> Option<SenderKeyStateComponents> {
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let (chain, signing) = (&state["senderChainKey"], &state["senderSigningKey"]);
    let keys = state["senderMessageKeys"].as_array().map(Vec::as_slice).unwrap_or_default();
    let keys = keys.iter().map(|key| {
        Some(SenderMessageKeyComponents { iteration: number(&key["iteration"])?, seed: bytes(&key["seed"])? })
    });
    let private = bytes(&signing["private"]).filter(|key| !key.is_empty());
    Some(SenderKeyStateComponents {
        key_id: number(&state["senderKeyId"])?,
        chain_key: SenderChainKeyComponents { iteration: number(&chain["iteration"])?, seed: bytes(&chain["seed"])? },
        signing_key: SenderSigningKeyComponents { public: bytes(&signing["public"])?, private },
        message_keys: keys.collect::<Option<_>>()?,
    })
}
