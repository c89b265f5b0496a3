//! Another client's auth state, as rows of ours.

use serde_json::Value;
use switchboard_core::engine::{EngineError, Restored, StateRow};
use wacore::store::Device;
use wacore_libsignal::{
    protocol::{IdentityKey, LegacySessionLocalContext},
    store::record_helpers::new_pre_key_record,
};
use waproto::codec;

use super::{
    Left,
    address::Address,
    buffer::bytes,
    creds::{self, key_pair},
    prekey, prekey_after, sender_keys, sessions, shared,
    shared::Part,
    state::State,
    unreadable, whatsmeow,
};
use crate::backend::layout::{
    BASE_KEY, COLLECTION, DEVICES, GROUP, IDENTITY, MUTATION_MAC, PREKEY, SENDER_KEY, SENDER_KEY_DEVICES, SESSION,
    marked, numbered,
};

/// Replaced by what the other client says, or learnt anew from the network.
const REPLACED: [&str; 9] =
    [SESSION, SENDER_KEY, SENDER_KEY_DEVICES, PREKEY, DEVICES, GROUP, BASE_KEY, COLLECTION, MUTATION_MAC];

pub(crate) fn import(ours: &[StateRow], given: &Value) -> Result<Restored, EngineError> {
    match given.get("whatsmeow") {
        // Nothing is ever handed over in this form, so nothing comes back in it.
        Some(dump) if ours.is_empty() => whatsmeow::import(dump),
        _ => baileys(ours, given),
    }
}

fn baileys(ours: &[StateRow], given: &Value) -> Result<Restored, EngineError> {
    let keys = given["keys"].as_object().ok_or_else(|| unreadable("keys is missing or no object"))?;
    let mut state = State::read(ours);
    let mut device = creds::import(&given["creds"], state.device()?)?;
    let empty = Part::new();
    let part = |name: &str| keys.get(name).and_then(Value::as_object).unwrap_or(&empty);
    let mut left = Left::default();

    state.drop(&REPLACED);
    put_prekeys(&mut state, &mut device, part("pre-key"), &mut left)?;
    put_sessions(&mut state, &device, part("session"), &mut left)?;
    put_identities(&mut state, part("identity-key"), &mut left);
    put_groups(&mut state, part("sender-key"), &mut left);
    shared::put_sync_keys(&mut state, part("app-state-sync-key"), given["creds"]["myAppStateKeyId"].as_str())?;
    shared::put_sync_versions(&mut state, part("app-state-sync-version"))?;
    shared::put_people(&mut state, part("lid-mapping"))?;
    shared::put_tokens(&mut state, part("tctoken"))?;
    state.put_device(&device)?;
    Ok(Restored {
        rows: state.into_rows(),
        phone: device.pn.as_ref().and_then(|pn| pn.user.parse().ok()),
        lid: device.lid.as_ref().and_then(|lid| lid.user.parse().ok()),
        warnings: left.warnings(),
    })
}

/// Keys that the network has and nobody could open would make every new conversation fail.
fn put_prekeys(state: &mut State, device: &mut Device, part: &Part, left: &mut Left) -> Result<(), EngineError> {
    let mut newest = 0;
    for (id, value) in part.iter().filter(|(_, value)| !value.is_null()) {
        match (id.parse().ok().and_then(prekey), key_pair(value)) {
            (Some(id), Some(pair)) => {
                let record = codec::pre_key_record_to_vec(&new_pre_key_record(id, &pair));
                let uploaded = id < device.first_unupload_pre_key_id;
                state.put(PREKEY, &numbered(id), marked(&record, uploaded));
                newest = newest.max(id);
            }
            _ => left.out("one-time prekeys"),
        }
    }
    if newest == 0 {
        return Err(unreadable("keys.pre-key is empty: bring the whole state, or take the session back without one"));
    }
    device.next_pre_key_id = device.next_pre_key_id.max(prekey_after(newest));
    Ok(())
}

fn put_sessions(state: &mut State, device: &Device, part: &Part, left: &mut Left) -> Result<(), EngineError> {
    let identity_key = IdentityKey::new(device.identity_key.public_key);
    let context = LegacySessionLocalContext { identity_key, registration_id: device.registration_id };
    for (id, value) in part.iter().filter(|(_, value)| !value.is_null()) {
        match (Address::from_baileys(id), sessions::import(value, context)) {
            (Some(address), Some((record, identity))) => {
                state.put(SESSION, &address.native(), record);
                if let Some(identity) = identity.as_deref().and_then(bare) {
                    state.put(IDENTITY, &address.native(), identity.to_vec());
                }
            }
            _ => left.out("conversations"),
        }
    }
    Ok(())
}

fn put_identities(state: &mut State, part: &Part, left: &mut Left) {
    for (id, value) in part.iter().filter(|(_, value)| !value.is_null()) {
        let address = Address::from_baileys(id);
        // What a conversation is built on was stored with it, and is at least as new.
        if address.as_ref().is_some_and(|address| state.get(SESSION, &address.native()).is_some()) {
            continue;
        }
        match (address, bytes(value).as_deref().and_then(bare)) {
            (Some(address), Some(key)) => state.put(IDENTITY, &address.native(), key.to_vec()),
            _ => left.out("identities"),
        }
    }
}

fn put_groups(state: &mut State, part: &Part, left: &mut Left) {
    for (id, value) in part.iter().filter(|(_, value)| !value.is_null()) {
        // A record without states says nothing.
        match (sender_keys::native_name(id), sender_keys::import(value)) {
            (Some(name), Some(record)) if !record.is_empty() => state.put(SENDER_KEY, &name, record),
            (Some(_), Some(_)) => {}
            _ => left.out("sender keys of groups"),
        }
    }
}

/// An identity key without the byte that names the curve.
fn bare(key: &[u8]) -> Option<&[u8]> {
    match key {
        [5, rest @ ..] if rest.len() == 32 => Some(rest),
        key if key.len() == 32 => Some(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_that_no_prekey_has_is_left_out() {
        let pair = creds::pair(&Device::new().noise_key);
        let given = json!({ "0": pair, "7": pair, "16777216": pair, "4294967295": pair, "x": pair });
        let (mut state, mut device, mut left) = (State::default(), Device::new(), Left::default());
        put_prekeys(&mut state, &mut device, given.as_object().unwrap(), &mut left).unwrap();
        assert_eq!((state.rows(PREKEY).count(), left.warnings()), (1, vec!["left out: 4 one-time prekeys".to_owned()]));
        assert_eq!(device.next_pre_key_id, 8);
        let last = json!({ "16777215": pair });
        put_prekeys(&mut state, &mut device, last.as_object().unwrap(), &mut Left::default()).unwrap();
        assert_eq!(device.next_pre_key_id, 8, "behind the last comes the first");
    }
}
