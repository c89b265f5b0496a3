//! The rows of a whatsmeow store, as rows of ours.
//!
//! - `device`: the device's own keys and names; `records`: sessions and sender keys in the form of Go's libsignal
//! - here: the tables

mod device;
mod records;

use serde_json::{Map, Value};
use switchboard_core::engine::{EngineError, Restored};
use wacore::{
    appstate::hash::HashState,
    store::{
        Device,
        traits::{AppStateSyncKey, TcTokenEntry},
    },
};
use wacore_libsignal::store::record_helpers::new_pre_key_record;
use waproto::codec;

use self::device::pair_of;
use super::{
    Left,
    address::Address,
    buffer::{bytes, fixed},
    creds::number,
    prekey, prekey_after,
    shared::{self, whole},
    state::State,
    unreadable,
};
use crate::backend::layout::{
    COLLECTION, IDENTITY, LATEST, MUTATION_MAC, PREKEY, SENDER_KEY, SESSION, SYNC_KEY, TC_TOKEN, mac_id, marked,
    numbered,
};

/// `dump` has the device's row under `device`, and a list of rows for each other table.
pub(super) fn import(dump: &Value) -> Result<Restored, EngineError> {
    let mut state = State::default();
    let mut device = device::read(&dump["device"])?;
    let mut left = Left::default();
    let rows = |name: &str| dump[name].as_array().map(Vec::as_slice).unwrap_or_default();

    put_identities(&mut state, rows("identity_keys"), &mut left);
    put_sessions(&mut state, rows("sessions"), &mut left);
    put_groups(&mut state, rows("sender_keys"), &mut left);
    put_prekeys(&mut state, &mut device, rows("pre_keys"), &mut left)?;
    put_sync_keys(&mut state, rows("app_state_sync_keys"))?;
    put_sync_versions(&mut state, rows("app_state_version"), rows("app_state_mutation_macs"))?;
    put_people(&mut state, rows("lid_map"))?;
    put_tokens(&mut state, rows("privacy_tokens"))?;
    state.put_device(&device)?;
    Ok(Restored {
        rows: state.into_rows(),
        phone: device.pn.as_ref().and_then(|pn| pn.user.parse().ok()),
        lid: device.lid.as_ref().and_then(|lid| lid.user.parse().ok()),
        warnings: left.warnings(),
    })
}

/// `user:device`, the user with the number of its domain behind it, as Baileys has it.
fn address(value: &Value) -> Option<Address> {
    let (user, device) = value.as_str()?.rsplit_once(':')?;
    Address::from_parts(user, device)
}

fn put_identities(state: &mut State, rows: &[Value], left: &mut Left) {
    for row in rows {
        match (address(&row["their_id"]), fixed::<32>(&row["identity"])) {
            (Some(address), Some(key)) => state.put(IDENTITY, &address.native(), key.to_vec()),
            _ => left.out("identities"),
        }
    }
}

fn put_sessions(state: &mut State, rows: &[Value], left: &mut Left) {
    for row in rows.iter().filter(|row| !row["session"].is_null()) {
        match (address(&row["their_id"]), bytes(&row["session"]).and_then(|stored| records::session(&stored))) {
            (Some(address), Some(record)) => state.put(SESSION, &address.native(), record),
            _ => left.out("conversations"),
        }
    }
}

fn put_groups(state: &mut State, rows: &[Value], left: &mut Left) {
    for row in rows {
        let record = bytes(&row["sender_key"]).and_then(|stored| records::sender_key(&stored));
        match (row["chat_id"].as_str(), address(&row["sender_id"]), record) {
            (Some(group), Some(sender), Some(record)) => {
                state.put(SENDER_KEY, &format!("{group}:{}", sender.native()), record);
            }
            _ => left.out("sender keys of groups"),
        }
    }
}

/// Keys that the network has and nobody could open would make every new conversation fail.
fn put_prekeys(state: &mut State, device: &mut Device, rows: &[Value], left: &mut Left) -> Result<(), EngineError> {
    let (mut newest, mut waiting) = (0, None::<u32>);
    for row in rows {
        match (number(&row["key_id"]).and_then(prekey), pair_of(&row["key"])) {
            (Some(id), Some(pair)) => {
                let uploaded = row["uploaded"] == true;
                let record = codec::pre_key_record_to_vec(&new_pre_key_record(id, &pair));
                state.put(PREKEY, &numbered(id), marked(&record, uploaded));
                newest = newest.max(id);
                waiting = if uploaded { waiting } else { Some(waiting.map_or(id, |first| first.min(id))) };
            }
            _ => left.out("one-time prekeys"),
        }
    }
    if newest == 0 {
        return Err(unreadable("the store has no one-time prekeys: was this device ever connected?"));
    }
    device.next_pre_key_id = prekey_after(newest);
    device.first_unupload_pre_key_id = waiting.unwrap_or(device.next_pre_key_id);
    device.server_has_prekeys = true;
    Ok(())
}

fn put_sync_keys(state: &mut State, rows: &[Value]) -> Result<(), EngineError> {
    let mut newest = None::<(i64, Vec<u8>)>;
    for row in rows {
        let (Some(id), Some(key_data)) = (bytes(&row["key_id"]), bytes(&row["key_data"])) else { continue };
        let timestamp = whole(&row["timestamp"]).unwrap_or_default();
        let key = AppStateSyncKey { key_data, fingerprint: bytes(&row["fingerprint"]).unwrap_or_default(), timestamp };
        state.put_json(SYNC_KEY, &hex::encode(&id), &key)?;
        newest = newest.max(Some((timestamp, id)));
    }
    if let Some((_, id)) = newest {
        state.put(LATEST, "-", id);
    }
    Ok(())
}

fn put_sync_versions(state: &mut State, versions: &[Value], macs: &[Value]) -> Result<(), EngineError> {
    for row in versions {
        let (Some(name), Some(version), Some(hash)) =
            (row["name"].as_str(), row["version"].as_u64(), fixed(&row["hash"]))
        else {
            continue;
        };
        state.put_json(COLLECTION, name, &HashState { version, hash, ..HashState::default() })?;
    }
    // An entry that was changed stands once for each version: the newest counts.
    let mut macs: Vec<_> = macs.iter().collect();
    macs.sort_by_key(|row| row["version"].as_i64());
    for row in macs {
        if let (Some(name), Some(index), Some(value)) =
            (row["name"].as_str(), bytes(&row["index_mac"]), bytes(&row["value_mac"]))
        {
            state.put(MUTATION_MAC, &mac_id(name, &index), value);
        }
    }
    Ok(())
}

fn put_people(state: &mut State, rows: &[Value]) -> Result<(), EngineError> {
    let known = rows.iter().filter_map(|row| Some((row["pn"].as_str()?.to_owned(), row["lid"].clone())));
    shared::put_people(state, &known.collect::<Map<_, _>>())
}

fn put_tokens(state: &mut State, rows: &[Value]) -> Result<(), EngineError> {
    for row in rows {
        let (Some(user), Some(token)) =
            (row["their_jid"].as_str().and_then(|jid| jid.split('@').next()), bytes(&row["token"]))
        else {
            continue;
        };
        let entry = TcTokenEntry {
            token,
            token_timestamp: whole(&row["timestamp"]).unwrap_or_default(),
            sender_timestamp: whole(&row["sender_timestamp"]),
        };
        state.put_json(TC_TOKEN, user, &entry)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::buffer::base64, *};

    #[test]
    fn a_number_that_no_prekey_has_is_left_out() {
        let row = |id: u64| json!({ "key_id": id, "key": base64(&[1; 32]), "uploaded": true });
        let (mut state, mut device, mut left) = (State::default(), Device::new(), Left::default());
        let rows = [row(0), row(7), row(0x0100_0000), row(u32::MAX.into()), row(u64::MAX)];
        put_prekeys(&mut state, &mut device, &rows, &mut left).unwrap();
        assert_eq!(left.warnings(), ["left out: 4 one-time prekeys"]);
        assert_eq!((device.next_pre_key_id, device.first_unupload_pre_key_id), (8, 8));
        put_prekeys(&mut state, &mut device, &[row(0x00ff_ffff)], &mut Left::default()).unwrap();
        assert_eq!(device.next_pre_key_id, 1, "behind the last comes the first");
    }
}
