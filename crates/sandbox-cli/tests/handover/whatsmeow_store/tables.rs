//! The tables and what goes into them.

use std::fmt::Write as _;

use serde_json::Value;
use wacore::store::Device;
use waproto::codec;

use super::{Database, go};

const TABLES: &str = "
CREATE TABLE whatsmeow_device (jid TEXT PRIMARY KEY, lid TEXT, registration_id BIGINT NOT NULL, noise_key BLOB NOT NULL,
    identity_key BLOB NOT NULL, signed_pre_key BLOB NOT NULL, signed_pre_key_id INTEGER NOT NULL,
    signed_pre_key_sig BLOB NOT NULL, adv_key BLOB NOT NULL, adv_details BLOB NOT NULL, adv_account_sig BLOB NOT NULL,
    adv_account_sig_key BLOB NOT NULL, adv_device_sig BLOB NOT NULL, push_name TEXT NOT NULL DEFAULT '',
    lid_migration_ts BIGINT NOT NULL DEFAULT 0);
CREATE TABLE whatsmeow_identity_keys (our_jid TEXT, their_id TEXT, identity BLOB NOT NULL);
CREATE TABLE whatsmeow_pre_keys (jid TEXT, key_id INTEGER, key BLOB NOT NULL, uploaded BOOLEAN NOT NULL);
CREATE TABLE whatsmeow_sessions (our_jid TEXT, their_id TEXT, session BLOB);
CREATE TABLE whatsmeow_sender_keys (our_jid TEXT, chat_id TEXT, sender_id TEXT, sender_key BLOB NOT NULL);
CREATE TABLE whatsmeow_app_state_sync_keys (jid TEXT, key_id BLOB, key_data BLOB NOT NULL, timestamp BIGINT NOT NULL,
    fingerprint BLOB NOT NULL);
CREATE TABLE whatsmeow_lid_map (lid TEXT PRIMARY KEY, pn TEXT UNIQUE NOT NULL);
INSERT INTO whatsmeow_lid_map VALUES ('1', '2');
";

/// A script that makes and fills them, and the device's address.
pub(super) fn script(rows: &[(String, String, Vec<u8>)], database: Database) -> (String, String) {
    let of = |name: &'static str| rows.iter().filter(move |row| row.0 == name);
    let device: Device = serde_json::from_slice(&of("device").next().unwrap().2).unwrap();
    let jid = device.pn.as_ref().unwrap().to_string();
    let mut script = Script { text: TABLES.to_owned(), database };
    if database == Database::Postgres {
        script.text = script.text.replace("BLOB", "BYTEA");
    }
    script.device(&jid, &device);
    for (_, id, key) in of("identity") {
        script.insert("identity_keys", &[text(&jid), text(&go::address(id)), script.bytes(key)]);
    }
    for (_, id, stored) in of("prekey") {
        let private = codec::pre_key_record_decode(&stored[1..]).unwrap().private_key.unwrap();
        let id: u32 = id.parse().unwrap();
        let uploaded = if stored[0] == 1 { "TRUE" } else { "FALSE" };
        script.insert("pre_keys", &[text(&jid), id.to_string(), script.bytes(&private), uploaded.to_owned()]);
    }
    for (_, id, stored) in of("session") {
        script.insert("sessions", &[text(&jid), text(&go::address(id)), script.bytes(go::session(stored).as_bytes())]);
    }
    for (_, id, stored) in of("sender_key") {
        let (group, sender) = id.split_once(':').unwrap();
        let record = script.bytes(go::sender_key(stored).as_bytes());
        script.insert("sender_keys", &[text(&jid), text(group), text(&go::address(sender)), record]);
    }
    for (_, id, stored) in of("sync_key") {
        let key: wacore::store::traits::AppStateSyncKey = serde_json::from_slice(stored).unwrap();
        let (id, data, print) = (hex(id), script.bytes(&key.key_data), script.bytes(&key.fingerprint));
        script.insert("app_state_sync_keys", &[text(&jid), script.bytes(&id), data, key.timestamp.to_string(), print]);
    }
    for (_, lid, stored) in of("lid") {
        let entry: Value = serde_json::from_slice(stored).unwrap();
        script.insert("lid_map", &[text(lid), text(entry["phone_number"].as_str().unwrap())]);
    }
    (jid, script.text)
}

struct Script {
    text: String,
    database: Database,
}

impl Script {
    fn device(&mut self, jid: &str, device: &Device) {
        let account = device.account.as_deref().unwrap();
        let private = |pair: &wacore_libsignal::protocol::KeyPair| self.bytes(pair.private_key.serialize());
        let part = |part: &Option<Vec<u8>>| self.bytes(part.as_deref().unwrap_or_default());
        let values = [
            text(jid),
            text(&device.lid.as_ref().unwrap().to_string()),
            device.registration_id.to_string(),
            private(&device.noise_key),
            private(&device.identity_key),
            private(&device.signed_pre_key),
            device.signed_pre_key_id.to_string(),
            self.bytes(&device.signed_pre_key_signature),
            self.bytes(&device.adv_secret_key),
            part(&account.details),
            part(&account.account_signature),
            part(&account.account_signature_key),
            part(&account.device_signature),
            text(&device.push_name),
            "0".to_owned(),
        ];
        self.insert("device", &values);
    }

    fn insert(&mut self, table: &str, values: &[String]) {
        writeln!(self.text, "INSERT INTO whatsmeow_{table} VALUES ({});", values.join(", ")).unwrap();
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self.database {
            Database::Sqlite => format!("X'{digits}'"),
            Database::Postgres => format!("'\\x{digits}'"),
        }
    }
}

fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
