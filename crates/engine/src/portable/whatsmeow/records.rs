//! Sessions and sender keys as Go's libsignal stores them: JSON with its own names. What begins otherwise is taken for
//! the protobuf of other libraries, which some builds write.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use wacore_libsignal::protocol::{
    PendingPreKeyComponents, SenderChainKeyComponents, SenderKeyRecord, SenderKeyRecordComponents,
    SenderKeyStateComponents, SenderMessageKeyComponents, SenderSigningKeyComponents, SessionChainComponents,
    SessionChainKeyComponents, SessionComponents, SessionMessageKeyComponents, SessionMessageKeyMaterial,
    SessionRecord, SessionRecordComponents,
};

use super::super::buffer::from_base64;

/// Nothing for a record that cannot be read.
pub(super) fn session(stored: &[u8]) -> Option<Vec<u8>> {
    let components = match json::<Record>(stored) {
        Some(record) => record?.into(),
        None => SessionRecord::deserialize(stored).ok()?.into_components().ok()?,
    };
    // A record of nothing is no conversation.
    components.current_session.as_ref()?;
    SessionRecord::from_components(components).ok()?.serialize().ok()
}

pub(super) fn sender_key(stored: &[u8]) -> Option<Vec<u8>> {
    let components: SenderKeyRecordComponents = match json::<SenderKeys>(stored) {
        Some(keys) => keys?.into(),
        None => SenderKeyRecord::deserialize(stored).ok()?.into_components().ok()?,
    };
    components.states.first()?;
    SenderKeyRecord::from_components(components).ok()?.serialize().ok()
}

/// Whether it is JSON at all, and what it says.
fn json<T: DeserializeOwned>(stored: &[u8]) -> Option<Option<T>> {
    (stored.first() == Some(&b'{')).then(|| serde_json::from_slice(stored).ok())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    session_state: State,
    #[serde(default, deserialize_with = "list")]
    previous_states: Vec<State>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    local_identity_public: Base64,
    #[serde(rename = "LocalRegistrationID")]
    local_registration_id: u32,
    #[serde(default)]
    needs_refresh: bool,
    pending_pre_key: Option<PendingPreKey>,
    previous_counter: u32,
    #[serde(default, deserialize_with = "list")]
    receiver_chains: Vec<Chain>,
    remote_identity_public: Base64,
    #[serde(rename = "RemoteRegistrationID")]
    remote_registration_id: u32,
    root_key: Base64,
    sender_base_key: Base64,
    sender_chain: Chain,
    session_version: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Chain {
    sender_ratchet_key_public: Base64,
    sender_ratchet_key_private: Option<Base64>,
    chain_key: ChainKey,
    #[serde(default, deserialize_with = "list")]
    message_keys: Vec<MessageKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChainKey {
    key: Base64,
    index: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MessageKey {
    cipher_key: Base64,
    mac_key: Base64,
    #[serde(rename = "IV")]
    iv: Base64,
    index: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PendingPreKey {
    #[serde(rename = "PreKeyID")]
    pre_key_id: Option<Optional>,
    #[serde(rename = "SignedPreKeyID")]
    signed_pre_key_id: u32,
    base_key: Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Optional {
    value: u32,
    #[serde(default)]
    is_empty: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SenderKeys {
    #[serde(default, deserialize_with = "list")]
    sender_key_states: Vec<SenderKeyState>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SenderKeyState {
    #[serde(default, deserialize_with = "list")]
    keys: Vec<SenderMessageKey>,
    #[serde(rename = "KeyID")]
    key_id: u32,
    sender_chain_key: SenderChainKey,
    signing_key_private: Option<Base64>,
    signing_key_public: Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SenderMessageKey {
    iteration: u32,
    seed: Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SenderChainKey {
    iteration: u32,
    chain_key: Base64,
}

/// Bytes, which Go writes as base64 text.
struct Base64(Vec<u8>);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        from_base64(&text).map(Self).ok_or_else(|| serde::de::Error::custom("is no base64"))
    }
}

/// An empty list of Go's may be `null`.
fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

impl From<Record> for SessionRecordComponents {
    fn from(record: Record) -> Self {
        Self {
            current_session: Some(record.session_state.into()),
            previous_sessions: record.previous_states.into_iter().map(SessionComponents::from).collect(),
        }
    }
}

impl From<State> for SessionComponents {
    fn from(state: State) -> Self {
        // Private halves belong to the sending chain alone.
        let received =
            |chain| SessionChainComponents { sender_ratchet_key_private: None, ..SessionChainComponents::from(chain) };
        Self {
            session_version: Some(state.session_version),
            local_identity_public: Some(state.local_identity_public.0),
            remote_identity_public: Some(state.remote_identity_public.0),
            root_key: Some(state.root_key.0),
            previous_counter: Some(state.previous_counter),
            sender_chain: Some(state.sender_chain.into()),
            receiver_chains: state.receiver_chains.into_iter().map(received).collect(),
            // Belongs to a way of beginning that nobody uses any more.
            pending_key_exchange: None,
            pending_pre_key: state.pending_pre_key.map(PendingPreKeyComponents::from),
            remote_registration_id: Some(state.remote_registration_id),
            local_registration_id: Some(state.local_registration_id),
            needs_refresh: Some(state.needs_refresh),
            alice_base_key: Some(state.sender_base_key.0),
        }
    }
}

impl From<Chain> for SessionChainComponents {
    fn from(chain: Chain) -> Self {
        let ChainKey { key, index } = chain.chain_key;
        Self {
            sender_ratchet_key: Some(chain.sender_ratchet_key_public.0),
            sender_ratchet_key_private: chain.sender_ratchet_key_private.map(|key| key.0),
            chain_key: Some(SessionChainKeyComponents { index: Some(index), key: Some(key.0) }),
            message_keys: chain.message_keys.into_iter().filter_map(MessageKey::read).collect(),
        }
    }
}

impl MessageKey {
    /// One that is malformed costs the message it is for, not the conversation.
    fn read(self) -> Option<SessionMessageKeyComponents> {
        let material = SessionMessageKeyMaterial::Derived {
            cipher_key: self.cipher_key.0.try_into().ok()?,
            mac_key: self.mac_key.0.try_into().ok()?,
            iv: self.iv.0.try_into().ok()?,
        };
        Some(SessionMessageKeyComponents { index: self.index, material })
    }
}

impl From<PendingPreKey> for PendingPreKeyComponents {
    fn from(pending: PendingPreKey) -> Self {
        Self {
            pre_key_id: pending.pre_key_id.filter(|id| !id.is_empty).map(|id| id.value),
            signed_pre_key_id: i32::try_from(pending.signed_pre_key_id).ok(),
            base_key: Some(pending.base_key.0),
            ..Self::default()
        }
    }
}

impl From<SenderKeys> for SenderKeyRecordComponents {
    fn from(keys: SenderKeys) -> Self {
        Self { states: keys.sender_key_states.into_iter().map(SenderKeyStateComponents::from).collect() }
    }
}

impl From<SenderKeyState> for SenderKeyStateComponents {
    fn from(state: SenderKeyState) -> Self {
        // Of somebody else's key there is no private half: none, or nothing but zeros.
        let private = state.signing_key_private.map(|key| key.0).filter(|key| key.iter().any(|byte| *byte != 0));
        let SenderChainKey { iteration, chain_key } = state.sender_chain_key;
        let key = |key: SenderMessageKey| SenderMessageKeyComponents { iteration: key.iteration, seed: key.seed.0 };
        Self {
            key_id: state.key_id,
            chain_key: SenderChainKeyComponents { iteration, seed: chain_key.0 },
            signing_key: SenderSigningKeyComponents { public: state.signing_key_public.0, private },
            message_keys: state.keys.into_iter().map(key).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wacore::store::Device;

    use super::*;
    use crate::portable::buffer::base64;

    fn public() -> Value {
        json!(base64(&crate::portable::creds::prefixed(Device::new().noise_key.public_key.public_key_bytes())))
    }

    fn secret(byte: u8) -> Value {
        json!(base64(&[byte; 32]))
    }

    fn record() -> Value {
        let skipped = json!({ "CipherKey": secret(1), "MacKey": secret(2), "IV": base64(&[3; 16]), "Index": 4 });
        let sending = json!({
            "SenderRatchetKeyPublic": public(), "SenderRatchetKeyPrivate": secret(5),
            "ChainKey": { "Key": secret(6), "Index": 7 }, "MessageKeys": null,
        });
        let receiving = json!({
            "SenderRatchetKeyPublic": public(), "SenderRatchetKeyPrivate": null,
            "ChainKey": { "Key": secret(8), "Index": 9 }, "MessageKeys": [skipped],
        });
        let state = json!({
            "LocalIdentityPublic": public(), "LocalRegistrationID": 10, "NeedsRefresh": false,
            "PendingKeyExchange": null,
            "PendingPreKey": {
                "PreKeyID": { "Value": 0, "IsEmpty": true }, "SignedPreKeyID": 11, "BaseKey": public(),
            },
            "PreviousCounter": 12, "ReceiverChains": [receiving], "RemoteIdentityPublic": public(),
            "RemoteRegistrationID": 13, "RootKey": secret(14), "SenderBaseKey": public(), "SenderChain": sending,
            "SessionVersion": 3,
        });
        json!({ "SessionState": state, "PreviousStates": null })
    }

    #[test]
    fn a_session_keeps_everything_that_conversations_need() {
        let stored = session(record().to_string().as_bytes()).expect("a record");
        let read = SessionRecord::deserialize(&stored).expect("ours").into_components().expect("whole");
        let state = read.current_session.expect("a state");
        let sending = state.sender_chain.expect("a chain");
        assert_eq!(sending.sender_ratchet_key_private.as_deref(), Some(&[5; 32][..]));
        assert_eq!(sending.chain_key.and_then(|key| key.index), Some(7));
        let receiving = &state.receiver_chains[0];
        assert_eq!((receiving.message_keys.len(), receiving.message_keys[0].index), (1, 4));
        let pending = state.pending_pre_key.expect("not answered yet");
        assert_eq!((pending.pre_key_id, pending.signed_pre_key_id), (None, Some(11)));
        assert_eq!((state.previous_counter, state.local_registration_id), (Some(12), Some(10)));
        // As other libraries store it, it is taken as it is.
        assert_eq!(session(&stored), Some(stored));
    }

    #[test]
    fn a_sender_key_without_a_private_half_is_somebody_elses() {
        let state = json!({
            "Keys": [{ "Iteration": 1, "IV": secret(0), "CipherKey": secret(0), "Seed": secret(2) }], "KeyID": 3,
            "SenderChainKey": { "Iteration": 4, "ChainKey": secret(5) }, "SigningKeyPrivate": secret(0),
            "SigningKeyPublic": public(),
        });
        let stored = sender_key(json!({ "SenderKeyStates": [state] }).to_string().as_bytes()).expect("a record");
        let read = SenderKeyRecord::deserialize(&stored).expect("ours").into_components().expect("whole");
        assert_eq!((read.states[0].key_id, read.states[0].chain_key.iteration), (3, 4));
        assert_eq!((read.states[0].signing_key.private.as_ref(), read.states[0].message_keys.len()), (None, 1));
    }

    #[test]
    fn what_is_no_record_is_none() {
        for wrong in ["", "{", "{}", "null", "{\"SessionState\":null}", "hello"] {
            assert_eq!(session(wrong.as_bytes()), None, "{wrong}");
        }
        let mut short = record();
        short["SessionState"]["RootKey"] = json!("AAAA");
        assert_eq!(session(short.to_string().as_bytes()), None);
    }
}
