//! Records as Go's libsignal has them: JSON with the names of its fields, bytes in base64.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use wacore_libsignal::protocol::{
    SenderKeyRecord, SenderKeyStateComponents, SessionChainComponents, SessionComponents, SessionMessageKeyComponents,
    SessionMessageKeyMaterial, SessionRecord,
};

/// `user:device@server.0` here, `user_domain:device` there.
pub(super) fn address(ours: &str) -> String {
    let (name, server) = ours.strip_suffix(".0").unwrap().split_once('@').unwrap();
    let (user, device) = name.split_once(':').unwrap_or((name, "0"));
    match server {
        "lid" => format!("{user}_1:{device}"),
        _ => format!("{user}:{device}"),
    }
}

pub(super) fn session(stored: &[u8]) -> String {
    let record = SessionRecord::deserialize(stored).unwrap().into_components().unwrap();
    let previous: Vec<_> = record.previous_sessions.into_iter().map(state).collect();
    json!({ "SessionState": record.current_session.map(state), "PreviousStates": previous }).to_string()
}

pub(super) fn sender_key(stored: &[u8]) -> String {
    let record = SenderKeyRecord::deserialize(stored).unwrap().into_components().unwrap();
    let states: Vec<_> = record.states.into_iter().map(sender_state).collect();
    json!({ "SenderKeyStates": states }).to_string()
}

fn bytes(bytes: impl AsRef<[u8]>) -> Value {
    json!(BASE64_STANDARD.encode(bytes))
}

fn state(state: SessionComponents) -> Value {
    let pending = state.pending_pre_key.map(|pending| {
        json!({
            "PreKeyID": { "Value": pending.pre_key_id.unwrap_or_default(), "IsEmpty": pending.pre_key_id.is_none() },
            "SignedPreKeyID": pending.signed_pre_key_id,
            "BaseKey": pending.base_key.map(bytes),
        })
    });
    json!({
        "LocalIdentityPublic": state.local_identity_public.map(bytes),
        "LocalRegistrationID": state.local_registration_id.unwrap_or_default(),
        "NeedsRefresh": state.needs_refresh.unwrap_or_default(),
        "PendingKeyExchange": null,
        "PendingPreKey": pending,
        "PreviousCounter": state.previous_counter.unwrap_or_default(),
        "ReceiverChains": state.receiver_chains.into_iter().map(chain).collect::<Vec<_>>(),
        "RemoteIdentityPublic": state.remote_identity_public.map(bytes),
        "RemoteRegistrationID": state.remote_registration_id.unwrap_or_default(),
        "RootKey": state.root_key.map(bytes),
        "SenderBaseKey": state.alice_base_key.map(bytes),
        "SenderChain": state.sender_chain.map(chain),
        "SessionVersion": state.session_version,
    })
}

fn chain(chain: SessionChainComponents) -> Value {
    let key = chain.chain_key.unwrap();
    json!({
        "SenderRatchetKeyPublic": chain.sender_ratchet_key.map(bytes),
        "SenderRatchetKeyPrivate": chain.sender_ratchet_key_private.map(bytes),
        "ChainKey": { "Key": key.key.map(bytes), "Index": key.index },
        "MessageKeys": chain.message_keys.into_iter().map(|key| message_key(&key)).collect::<Vec<_>>(),
    })
}

fn message_key(key: &SessionMessageKeyComponents) -> Value {
    let SessionMessageKeyMaterial::Derived { cipher_key, mac_key, iv } = &key.material else {
        panic!("nothing was skipped in these conversations");
    };
    json!({ "CipherKey": bytes(cipher_key), "MacKey": bytes(mac_key), "IV": bytes(iv), "Index": key.index })
}

fn sender_state(state: SenderKeyStateComponents) -> Value {
    // Cipher key and IV follow from the seed.
    let key = |iteration: u32, seed: &[u8]| json!({ "Iteration": iteration, "IV": bytes([0; 16]), "CipherKey": bytes([0; 32]), "Seed": bytes(seed) });
    json!({
        "Keys": state.message_keys.iter().map(|one| key(one.iteration, &one.seed)).collect::<Vec<_>>(),
        "KeyID": state.key_id,
        "SenderChainKey": { "Iteration": state.chain_key.iteration, "ChainKey": bytes(&state.chain_key.seed) },
        "SigningKeyPrivate": state.signing_key.private.map(bytes),
        "SigningKeyPublic": bytes(&state.signing_key.public),
    })
}
