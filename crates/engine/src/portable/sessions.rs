//! Session records: the engine's, and the JSON that libsignal for Node keeps (its version 1).

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wacore_libsignal::protocol::{
    LegacyIndexedSessionV1, LegacySessionBaseKeyRoleV1, LegacySessionChainCounterV1, LegacySessionChainKeyV1,
    LegacySessionChainRoleV1, LegacySessionChainV1, LegacySessionDispositionV1, LegacySessionIndexV1,
    LegacySessionKeyPairV1, LegacySessionLocalContext, LegacySessionMessageKeyV1, LegacySessionPendingPreKeyV1,
    LegacySessionRatchetV1, LegacySessionRecordV1, LegacySessionV1, SessionRecord, SessionRecordComponents,
};

use super::buffer::{base64, from_base64};

#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(rename = "_sessions", default)]
    sessions: BTreeMap<String, Entry>,
    version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    registration_id: u32,
    current_ratchet: Ratchet,
    index_info: Index,
    #[serde(rename = "_chains")]
    chains: BTreeMap<String, Chain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_pre_key: Option<Pending>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ratchet {
    ephemeral_key_pair: Pair,
    last_remote_ephemeral_key: String,
    previous_counter: i64,
    root_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pair {
    pub_key: String,
    priv_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    base_key: String,
    base_key_type: u32,
    closed: i64,
    #[serde(default)]
    used: u64,
    #[serde(default)]
    created: u64,
    remote_identity_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chain {
    chain_key: ChainKey,
    chain_type: u32,
    #[serde(default)]
    message_keys: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct ChainKey {
    counter: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pending {
    signed_key_id: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pre_key_id: Option<u32>,
    base_key: String,
}

/// Nothing for a record that this form cannot express.
pub(super) fn export(stored: &[u8]) -> Option<Value> {
    let legacy = SessionRecord::deserialize(stored).ok()?.into_legacy_session_v1_operational();
    // An old state may be what cannot be expressed: the conversation goes on without it.
    let legacy = legacy.or_else(|_| current_only(stored).ok_or(())?.into_legacy_session_v1_operational().map_err(drop));
    let sessions: BTreeMap<_, _> = legacy
        .ok()?
        .into_indexed_sessions()
        .into_iter()
        .map(|entry| (base64(&entry.index_key), write(entry.session)))
        .collect();
    if sessions.is_empty() {
        return None;
    }
    serde_json::to_value(Record { sessions, version: "v1".to_owned() }).ok()
}

/// The record, and the identity of the peer in it.
pub(super) fn import(value: &Value, context: LegacySessionLocalContext) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    let record = Record::deserialize(value).ok()?;
    let open = record.sessions.values().find(|entry| entry.index_info.closed == -1);
    let identity = open.and_then(|entry| from_base64(&entry.index_info.remote_identity_key));
    let sessions: Option<Vec<_>> = record.sessions.into_values().map(read).collect();
    let legacy = LegacySessionRecordV1::from_indexed_sessions(sessions?).ok()?;
    let record = legacy.into_session_record(context).ok()?;
    Some((record.serialize().ok()?, identity))
}

fn current_only(stored: &[u8]) -> Option<SessionRecord> {
    let components = SessionRecord::deserialize(stored).ok()?.into_components().ok()?;
    SessionRecord::from_components(SessionRecordComponents { previous_sessions: Vec::new(), ..components }).ok()
}

fn write(session: LegacySessionV1) -> Entry {
    let LegacySessionV1 { registration_id, ratchet, index, chains, pending_pre_key } = session;
    Entry {
        registration_id,
        current_ratchet: Ratchet {
            ephemeral_key_pair: Pair {
                pub_key: base64(&ratchet.key_pair.public),
                priv_key: base64(&ratchet.key_pair.private),
            },
            last_remote_ephemeral_key: base64(&ratchet.last_remote_ephemeral_key),
            previous_counter: ratchet.previous_counter,
            root_key: base64(&ratchet.root_key),
        },
        index_info: Index {
            base_key: base64(&index.base_key),
            base_key_type: match index.base_key_role {
                LegacySessionBaseKeyRoleV1::Local => 1,
                LegacySessionBaseKeyRoleV1::Remote => 2,
            },
            closed: index.disposition.closed_timestamp(),
            used: index.used_at_ms,
            created: index.created_at_ms,
            remote_identity_key: base64(&index.remote_identity_key),
        },
        chains: chains.into_iter().map(|chain| (base64(&chain.ratchet_key), write_chain(chain))).collect(),
        pending_pre_key: pending_pre_key.map(|pending| Pending {
            signed_key_id: pending.signed_pre_key_id,
            pre_key_id: pending.pre_key_id,
            base_key: base64(&pending.base_key),
        }),
    }
}

fn write_chain(chain: LegacySessionChainV1) -> Chain {
    let message_keys = chain.message_keys.into_iter().map(|key| (key.index.to_string(), base64(&key.seed)));
    Chain {
        chain_key: ChainKey {
            counter: chain.chain_key.counter.value(),
            key: chain.chain_key.key.as_deref().map(base64),
        },
        chain_type: match chain.role {
            LegacySessionChainRoleV1::Sending => 1,
            LegacySessionChainRoleV1::Receiving => 2,
        },
        message_keys: message_keys.collect(),
    }
}

fn read(entry: Entry) -> Option<LegacyIndexedSessionV1> {
    let Entry { registration_id, current_ratchet, index_info, chains, pending_pre_key } = entry;
    let base_key = bytes(&index_info.base_key)?;
    let chains: Option<Vec<_>> = chains.into_iter().map(read_chain).collect();
    let session = LegacySessionV1 {
        registration_id,
        ratchet: LegacySessionRatchetV1 {
            key_pair: LegacySessionKeyPairV1 {
                public: bytes(&current_ratchet.ephemeral_key_pair.pub_key)?,
                private: bytes(&current_ratchet.ephemeral_key_pair.priv_key)?,
            },
            last_remote_ephemeral_key: bytes(&current_ratchet.last_remote_ephemeral_key)?,
            previous_counter: current_ratchet.previous_counter,
            root_key: bytes(&current_ratchet.root_key)?,
        },
        index: LegacySessionIndexV1 {
            base_key: base_key.clone(),
            base_key_role: index_info.base_key_type.try_into().ok()?,
            disposition: LegacySessionDispositionV1::from_closed_timestamp(index_info.closed).ok()?,
            used_at_ms: index_info.used,
            created_at_ms: index_info.created,
            remote_identity_key: bytes(&index_info.remote_identity_key)?,
        },
        chains: chains?,
        pending_pre_key: match pending_pre_key {
            Some(pending) => Some(LegacySessionPendingPreKeyV1 {
                pre_key_id: pending.pre_key_id,
                signed_pre_key_id: pending.signed_key_id,
                base_key: bytes(&pending.base_key)?,
            }),
            None => None,
        },
    };
    Some(LegacyIndexedSessionV1 { index_key: base_key, session })
}

fn read_chain((ratchet_key, chain): (String, Chain)) -> Option<LegacySessionChainV1> {
    let message_keys: Option<Vec<_>> = chain
        .message_keys
        .into_iter()
        .map(|(index, seed)| Some(LegacySessionMessageKeyV1 { index: index.parse().ok()?, seed: bytes(&seed)? }))
        .collect();
    let key = match chain.chain_key.key {
        Some(key) => Some(bytes(&key)?),
        None => None,
    };
    Some(LegacySessionChainV1 {
        ratchet_key: bytes(&ratchet_key)?,
        role: LegacySessionChainRoleV1::try_from(chain.chain_type).ok()?,
        chain_key: LegacySessionChainKeyV1 {
            counter: LegacySessionChainCounterV1::new(chain.chain_key.counter).ok()?,
            key,
        },
        message_keys: message_keys?,
    })
}

fn bytes(text: &str) -> Option<Bytes> {
    from_base64(text).map(Bytes::from)
}
