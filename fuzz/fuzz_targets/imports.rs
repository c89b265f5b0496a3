//! Auth states that people bring from elsewhere: what Baileys keeps, as one value or as a folder, and the rows of a
//! whatsmeow store. Whatever comes in goes out again in every form, and back.
#![no_main]

use std::{
    fs,
    path::Path,
    sync::{Arc, OnceLock},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use switchboard_core::engine::{Engine as _, Form};
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_engine::{EngineOptions, WhatsappEngine};
use switchboard_fuzz::{gateway::runtime, harm::change, input::Input};
use switchboard_model::SystemClock;
use switchboard_store::Store;

const BAILEYS: &str = include_str!("../seeds/imports/baileys.json");
const WHATSMEOW: &str = include_str!("../seeds/imports/whatsmeow.json");
/// Files are slow.
const MOST_FILES: usize = 16;

static ENGINE: OnceLock<WhatsappEngine> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let engine = ENGINE.get_or_init(good_engine);
    let mut input = Input::new(data);
    let state = match data.first() {
        Some(b'{') => serde_json::from_slice(data).ok(),
        _ => match input.byte() % 3 {
            0 => Some(changed(BAILEYS, &mut input)),
            1 => Some(changed(WHATSMEOW, &mut input)),
            _ => folder(&String::from_utf8_lossy(input.rest())),
        },
    };
    if let Some(state) = state {
        goes_through(engine, &packed(state));
    }
});

/// False where it is refused.
fn goes_through(engine: &WhatsappEngine, state: &Value) -> bool {
    let Ok(restored) = engine.import(&[], state) else { return false };
    for form in [Form::Baileys7, Form::Baileys6] {
        if let Ok(exported) = engine.export(&restored.rows, form) {
            drop(engine.import(&restored.rows, &exported.state));
        }
    }
    drop(engine.without_ratchets(restored.rows));
    true
}

/// One that takes the states that others are made of: changed ones would tell nothing otherwise.
fn good_engine() -> WhatsappEngine {
    let store = runtime().block_on(Store::in_memory()).expect("a store");
    let egress = Egress::new(EgressPolicy::default()).expect("a client");
    let engine = WhatsappEngine::new(store, egress, Arc::new(SystemClock), EngineOptions::default());
    for good in [BAILEYS, WHATSMEOW] {
        assert!(goes_through(&engine, &packed(parsed(good))), "a good state is refused");
    }
    engine
}

fn parsed(state: &str) -> Value {
    serde_json::from_str(state).expect("JSON")
}

fn changed(good: &str, input: &mut Input<'_>) -> Value {
    let mut state = parsed(good);
    change(&mut state, input);
    state
}

/// Records of whatsmeow are JSON within base64: written as they are here, so that changes reach what is in them.
fn packed(mut state: Value) -> Value {
    for (table, field) in [("sessions", "session"), ("sender_keys", "sender_key")] {
        let rows = state.pointer_mut(&format!("/whatsmeow/{table}")).and_then(Value::as_array_mut);
        for row in rows.into_iter().flatten() {
            if row[field].is_object() {
                row[field] = json!(BASE64_STANDARD.encode(row[field].to_string()));
            }
        }
    }
    state
}

/// A folder with files of these names and contents, a line each.
fn folder(lines: &str) -> Option<Value> {
    let folder = tempfile::tempdir().expect("a directory");
    let lines: Vec<_> = lines.lines().collect();
    for file in lines.chunks_exact(2).take(MOST_FILES) {
        let name = Path::new(file[0]);
        // Only into this folder; and no file system takes every name.
        if name.file_name() == Some(name.as_os_str()) {
            let _taken = fs::write(folder.path().join(name), file[1]);
        }
    }
    switchboard::commands::auth_state(folder.path()).ok()
}
