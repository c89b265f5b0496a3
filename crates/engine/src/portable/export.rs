//! Everything stored, as another client's auth state.

use serde_json::{Map, Value, json};
use switchboard_core::engine::{EngineError, Exported, Form, StateRow};
use waproto::codec;

use super::{
    Left,
    address::{Address, People},
    buffer::buffer,
    creds::{self, prefixed},
    sender_keys, sessions, shared,
    shared::Part,
    state::State,
};
use crate::backend::layout::{IDENTITY, PREKEY, SENDER_KEY, SESSION, SIGNED_PREKEY};

pub(crate) fn export(rows: &[StateRow], form: Form) -> Result<Exported, EngineError> {
    let state = State::read(rows);
    let device = state.device()?.ok_or_else(|| EngineError::Corrupt("nothing is stored".to_owned()))?;
    let people = People::read(&state);
    let mut left = Left::default();
    let creds = creds::export(&device, &state, form)?;
    let place = |address: &Address| match form {
        Form::Baileys7 => people.by_lid(address),
        Form::Baileys6 => people.by_phone(address),
    };
    let mut keys = Map::new();
    let mut add = |name: &str, part: Part| {
        if !part.is_empty() {
            keys.insert(name.to_owned(), Value::Object(part));
        }
    };
    add("pre-key", prekeys(&state, &mut left));
    add("session", ratchets(&state, place, &mut left));
    add("sender-key", groups(&state, form, &people, &mut left));
    add("app-state-sync-key", shared::sync_keys(&state, &mut left));
    add("app-state-sync-version", shared::sync_versions(&state));
    if form == Form::Baileys7 {
        add("identity-key", identities(&state, place));
        add("lid-mapping", shared::people(&people));
        add("device-list", shared::devices(&state));
        add("tctoken", shared::tokens(&state, &people));
    }
    let current = crate::backend::layout::numbered(device.signed_pre_key_id);
    for _ in state.rows(SIGNED_PREKEY).filter(|(id, _)| *id != current) {
        left.out("earlier signed prekeys");
    }
    Ok(Exported { state: json!({ "creds": creds, "keys": keys }), warnings: left.warnings() })
}

/// All of them: the network has them, and gives them to whoever begins a conversation.
fn prekeys(state: &State, left: &mut Left) -> Part {
    let mut part = Part::new();
    for (id, stored) in state.rows(PREKEY) {
        let record = stored.get(1..).and_then(|record| codec::pre_key_record_decode(record).ok());
        let keys = record.and_then(|record| Some((id.parse::<u32>().ok()?, record.public_key?, record.private_key?)));
        match keys {
            Some((id, public, private)) => {
                let public = if public.len() == 33 { &public[1..] } else { &public[..] };
                part.insert(id.to_string(), json!({ "private": buffer(&private), "public": buffer(public) }));
            }
            None => left.out("one-time prekeys"),
        }
    }
    part
}

/// No ratchet goes under two names. Where a peer has two, by number and by LID, the one that the client looks for wins.
fn ratchets(state: &State, place: impl Fn(&Address) -> Address, left: &mut Left) -> Part {
    let mut part = Part::new();
    let mut moved = Vec::new();
    for (id, stored) in state.rows(SESSION) {
        match (Address::parse(id), sessions::export(stored)) {
            (Some(address), Some(record)) if place(&address) == address => {
                part.insert(address.baileys(), record);
            }
            (Some(address), Some(record)) => moved.push((place(&address).baileys(), record)),
            _ => left.out("conversations"),
        }
    }
    for (name, record) in moved {
        if part.contains_key(&name) {
            left.out("second conversations with a device that has two");
        } else {
            part.insert(name, record);
        }
    }
    part
}

fn groups(state: &State, form: Form, people: &People, left: &mut Left) -> Part {
    let mut part = Part::new();
    for (id, stored) in state.rows(SENDER_KEY) {
        // Version 7 names the author as the message does, as the engine has it.
        let place = |address: &Address| match form {
            Form::Baileys7 => address.clone(),
            Form::Baileys6 => people.by_phone(address),
        };
        match (sender_keys::baileys_name(id, place), sender_keys::export(stored)) {
            (Some(name), Some(states)) => drop(part.insert(name, packed(states, form))),
            _ => left.out("sender keys of groups"),
        }
    }
    part
}

fn packed(states: Value, form: Form) -> Value {
    match form {
        Form::Baileys7 => buffer(states.to_string().as_bytes()),
        Form::Baileys6 => states,
    }
}

fn identities(state: &State, place: impl Fn(&Address) -> Address) -> Part {
    let mut part = Part::new();
    for (id, key) in state.rows(IDENTITY) {
        let Some(address) = Address::parse(id) else { continue };
        let placed = place(&address);
        // One that was looked up under its own name counts more than one that was moved there.
        if placed == address || !part.contains_key(&placed.baileys()) {
            part.insert(placed.baileys(), buffer(&prefixed(key)));
        }
    }
    part
}
