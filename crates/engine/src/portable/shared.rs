//! What the account's devices share, and what is known of people: sync keys and versions, which LID is which number,
//! devices, privacy tokens.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use switchboard_core::engine::EngineError;
use wacore::{
    appstate::hash::HashState,
    store::traits::{AppStateSyncKey, DeviceListRecord, LidPnMappingEntry, TcTokenEntry},
};
use waproto::{codec, whatsapp as wa};

use super::{
    Left,
    address::People,
    buffer::{base64, buffer, bytes, fixed, from_base64},
    creds::number,
    state::State,
};
use crate::backend::layout::{COLLECTION, DEVICES, LATEST, LID, MUTATION_MAC, PN, SYNC_KEY, TC_TOKEN, mac_id};

pub(super) type Part = Map<String, Value>;

pub(super) fn sync_keys(state: &State, left: &mut Left) -> Part {
    let mut part = Part::new();
    for (id, stored) in state.rows(SYNC_KEY) {
        let key = serde_json::from_slice::<AppStateSyncKey>(stored).ok();
        match (hex::decode(id), key) {
            (Ok(id), Some(key)) => drop(part.insert(base64(&id), sync_key(&key))),
            _ => left.out("app state keys"),
        }
    }
    part
}

fn sync_key(key: &AppStateSyncKey) -> Value {
    let fingerprint = codec::app_state_sync_key_fingerprint_decode(&key.fingerprint).unwrap_or_default();
    json!({
        "keyData": buffer(&key.key_data),
        "fingerprint": {
            "rawId": fingerprint.raw_id,
            "currentIndex": fingerprint.current_index,
            "deviceIndexes": fingerprint.device_indexes,
        },
        "timestamp": key.timestamp,
    })
}

/// A version without the proofs of its entries would be of no use, so both come or none.
pub(super) fn sync_versions(state: &State) -> Part {
    let mut macs: BTreeMap<&str, Part> = BTreeMap::new();
    for (id, value) in state.rows(MUTATION_MAC) {
        if let Some((collection, mac)) = id.split_once('/')
            && let Ok(mac) = hex::decode(mac)
        {
            macs.entry(collection).or_default().insert(base64(&mac), json!({ "valueMac": buffer(value) }));
        }
    }
    let mut part = Part::new();
    for (collection, stored) in state.rows(COLLECTION) {
        if let Ok(version) = serde_json::from_slice::<HashState>(stored) {
            let entries = macs.remove(collection).unwrap_or_default();
            let version =
                json!({ "version": version.version, "hash": buffer(&version.hash), "indexValueMap": entries });
            part.insert(collection.to_owned(), version);
        }
    }
    part
}

pub(super) fn people(people: &People) -> Part {
    let mut part = Part::new();
    for entry in &people.entries {
        part.insert(entry.phone_number.clone(), json!(entry.lid));
        part.insert(format!("{}_reverse", entry.lid), json!(entry.phone_number));
    }
    part
}

pub(super) fn devices(state: &State) -> Part {
    let records = state.rows(DEVICES).filter_map(|(_, stored)| serde_json::from_slice::<DeviceListRecord>(stored).ok());
    let list =
        |record: &DeviceListRecord| record.devices.iter().map(|device| json!(device.device_id.to_string())).collect();
    records.map(|record| (record.user.clone(), list(&record))).collect()
}

pub(super) fn tokens(state: &State, people: &People) -> Part {
    let mut part = Part::new();
    for (user, stored) in state.rows(TC_TOKEN) {
        let Ok(entry) = serde_json::from_slice::<TcTokenEntry>(stored) else { continue };
        let server = if people.is_lid(user) { "lid" } else { "s.whatsapp.net" };
        let mut token = json!({ "token": buffer(&entry.token), "timestamp": entry.token_timestamp.to_string() });
        if let Some(at) = entry.sender_timestamp {
            token["senderTimestamp"] = json!(at);
        }
        part.insert(format!("{user}@{server}"), token);
    }
    if !part.is_empty() {
        let known = serde_json::to_vec(&part.keys().collect::<Vec<_>>()).unwrap_or_default();
        part.insert(INDEX.to_owned(), json!({ "token": buffer(&known) }));
    }
    part
}

/// The list that Baileys keeps among the tokens.
const INDEX: &str = "__index";

pub(super) fn put_sync_keys(state: &mut State, part: &Part, newest: Option<&str>) -> Result<(), EngineError> {
    for (id, value) in part {
        let (Some(id), Some(key)) = (from_base64(id), read_sync_key(value)) else { continue };
        state.put_json(SYNC_KEY, &hex::encode(id), &key)?;
    }
    if let Some(newest) = newest.and_then(from_base64) {
        state.put(LATEST, "-", newest);
    }
    Ok(())
}

fn read_sync_key(value: &Value) -> Option<AppStateSyncKey> {
    let fingerprint = &value["fingerprint"];
    let indexes = fingerprint["deviceIndexes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fingerprint = wa::message::AppStateSyncKeyFingerprint {
        raw_id: number(&fingerprint["rawId"]),
        current_index: number(&fingerprint["currentIndex"]),
        device_indexes: indexes.iter().filter_map(number).collect(),
    };
    Some(AppStateSyncKey {
        key_data: bytes(&value["keyData"])?,
        fingerprint: codec::app_state_sync_key_fingerprint_to_vec(&fingerprint),
        timestamp: whole(&value["timestamp"]).unwrap_or_default(),
    })
}

pub(super) fn put_sync_versions(state: &mut State, part: &Part) -> Result<(), EngineError> {
    for (collection, value) in part {
        let (Some(version), Some(hash)) = (value["version"].as_u64(), fixed(&value["hash"])) else { continue };
        let version = HashState { version, hash, ..HashState::default() };
        state.put_json(COLLECTION, collection, &version)?;
        for (mac, entry) in value["indexValueMap"].as_object().into_iter().flatten() {
            if let (Some(mac), Some(proof)) = (from_base64(mac), bytes(&entry["valueMac"])) {
                state.put(MUTATION_MAC, &mac_id(collection, &mac), proof);
            }
        }
    }
    Ok(())
}

pub(super) fn put_people(state: &mut State, part: &Part) -> Result<(), EngineError> {
    for (phone, lid) in part {
        let (false, Some(lid)) = (phone.ends_with("_reverse"), lid.as_str()) else { continue };
        let known = state.json::<LidPnMappingEntry>(LID, lid).filter(|known| known.phone_number == *phone);
        let entry = known.unwrap_or_else(|| LidPnMappingEntry {
            lid: lid.to_owned(),
            phone_number: phone.clone(),
            created_at: 0,
            updated_at: 0,
            learning_source: "usync".to_owned(),
        });
        state.put_json(LID, lid, &entry)?;
        state.put_json(PN, phone, &lid)?;
    }
    Ok(())
}

pub(super) fn put_tokens(state: &mut State, part: &Part) -> Result<(), EngineError> {
    for (jid, value) in part {
        let (Some(user), Some(token)) = (jid.split('@').next(), bytes(&value["token"])) else { continue };
        if jid == INDEX {
            continue;
        }
        let entry = TcTokenEntry {
            token,
            token_timestamp: whole(&value["timestamp"]).unwrap_or_default(),
            sender_timestamp: whole(&value["senderTimestamp"]),
        };
        state.put_json(TC_TOKEN, user, &entry)?;
    }
    Ok(())
}

/// Some writers keep large numbers as text.
pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
