//! What the phone's user decides about chats, and what its companions did: records in the account's collections, sealed
//! under a key that only its devices have.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use wa::syncd_mutation::SyncdOperation;
use wacore::appstate::hash::{HashState, generate_patch_mac};
use wacore::appstate::schemas::{self, Schema};
use wacore::appstate::{ExpandedAppStateKeys, Mutation, decode_record, encode_record, expand_app_state_keys};
use waproto::buffa::MessageField;
use waproto::whatsapp as wa;

use super::Phone;
use super::bootstrap::APP_STATE_KEY_ID;
use super::labels::LabelOnChat;
use crate::domain::Collection;
use crate::random;

/// What the user decided about one chat; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatDecision {
    pub chat: String,
    pub archived: Option<bool>,
    pub pinned: Option<bool>,
    /// In milliseconds; 0 lets it ring again, -1 silences it for good.
    pub muted_until: Option<i64>,
    pub read: Option<bool>,
    /// What the person is called in the address book.
    pub name: Option<String>,
    pub star: Option<Star>,
    pub label: Option<LabelOnChat>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Star {
    pub id: String,
    #[serde(default)]
    pub from_me: bool,
    pub starred: bool,
}

/// Something that the user decided, as records.
pub(crate) trait Decision {
    fn actions(&self, now_ms: i64) -> Vec<Action>;
}

/// One record to be written: where it belongs, how it is found, what it says.
pub(crate) struct Action {
    schema: Schema,
    index: Vec<String>,
    value: wa::SyncActionValue,
}

/// A patch for one collection.
pub(crate) struct Decided {
    pub(crate) collection: &'static str,
    pub(crate) patch: wa::SyncdPatch,
}

impl Phone {
    /// The patches that carry a decision, made from the collections as `now` has them.
    pub(crate) fn decide<'c>(
        &self,
        decision: &impl Decision,
        collection: impl Fn(&str) -> Option<&'c Collection>,
        now_ms: i64,
    ) -> Vec<Decided> {
        let mut decided: Vec<(&'static str, Vec<Action>)> = Vec::new();
        for action in decision.actions(now_ms) {
            let name = action.schema.collection.as_str();
            match decided.iter_mut().find(|(other, _)| *other == name) {
                Some((_, actions)) => actions.push(action),
                None => decided.push((name, vec![action])),
            }
        }
        let patch = |(name, actions): (&'static str, Vec<Action>)| Decided {
            collection: name,
            patch: self.patch(name, collection(name), &actions),
        };
        decided.into_iter().map(patch).collect()
    }

    /// What all records of a collection say, by their index.
    pub(crate) fn decided(&self, collection: &Collection) -> Vec<Value> {
        let keys = self.app_state_keys();
        let open =
            |record: &wa::SyncdRecord| decode_record(SyncdOperation::SET, record, &keys, &APP_STATE_KEY_ID, true).ok();
        collection.records().iter().filter_map(open).map(|(mutation, _)| shown(&mutation)).collect()
    }

    fn patch(&self, name: &str, collection: Option<&Collection>, actions: &[Action]) -> wa::SyncdPatch {
        let keys = self.app_state_keys();
        let mutations: Vec<wa::SyncdMutation> = actions.iter().map(|action| action.sealed(&keys)).collect();
        let mut after = collection.cloned().unwrap_or_default();
        let base = after.version();
        let mut patch = wa::SyncdPatch {
            mutations,
            key_id: MessageField::some(wa::KeyId { id: Some(APP_STATE_KEY_ID.to_vec()) }),
            ..Default::default()
        };
        // A patch made from what is there now fits by itself.
        let _ = after.push(base, patch.clone());
        let mut state = HashState { version: after.version(), ..HashState::default() };
        state.update_hash_from_records(&after.records());
        patch.snapshot_mac = Some(state.generate_snapshot_mac(name, &keys.snapshot_mac));
        patch.patch_mac = Some(generate_patch_mac(&patch, name, &keys.patch_mac, after.version()));
        patch
    }

    fn app_state_keys(&self) -> ExpandedAppStateKeys {
        expand_app_state_keys(&self.app_state_key.0)
    }
}

impl Action {
    /// `rest` is the index behind the name of the schema.
    pub(super) fn new(schema: Schema, rest: Vec<String>, value: wa::SyncActionValue, now_ms: i64) -> Self {
        let index = [vec![schema.name.to_owned()], rest].concat();
        Self { schema, index, value: wa::SyncActionValue { timestamp: Some(now_ms), ..value } }
    }

    fn sealed(&self, keys: &ExpandedAppStateKeys) -> wa::SyncdMutation {
        let index = json!(self.index).to_string();
        let version = i32::try_from(self.schema.version).unwrap_or(i32::MAX);
        let iv = random::bytes::<16>();
        let key = &APP_STATE_KEY_ID;
        encode_record(SyncdOperation::SET, index.as_bytes(), &self.value, keys, key, &iv, version).0
    }
}

impl Decision for ChatDecision {
    fn actions(&self, now_ms: i64) -> Vec<Action> {
        use wa::sync_action_value as say;
        let mut actions = Vec::new();
        let chat = || vec![self.chat.clone()];
        let mut act = |schema: Schema, rest: Vec<String>, value: wa::SyncActionValue| {
            actions.push(Action::new(schema, rest, value, now_ms));
        };
        macro_rules! value {
            ($field:ident: $action:expr) => {
                wa::SyncActionValue { $field: MessageField::some($action), ..Default::default() }
            };
        }
        if let Some(archived) = self.archived {
            let value =
                value!(archive_chat_action: say::ArchiveChatAction { archived: Some(archived), ..Default::default() });
            act(schemas::ARCHIVE, chat(), value);
        }
        if let Some(pinned) = self.pinned {
            act(schemas::PIN, chat(), value!(pin_action: say::PinAction { pinned: Some(pinned) }));
        }
        if let Some(until) = self.muted_until {
            let end = (until != 0).then_some(until);
            let mute = say::MuteAction { muted: Some(until != 0), mute_end_timestamp: end, ..Default::default() };
            act(schemas::MUTE, chat(), value!(mute_action: mute));
        }
        if let Some(read) = self.read {
            let read = say::MarkChatAsReadAction { read: Some(read), ..Default::default() };
            act(schemas::MARK_CHAT_AS_READ, chat(), value!(mark_chat_as_read_action: read));
        }
        if let Some(name) = &self.name {
            let contact = say::ContactAction { full_name: Some(name.clone()), ..Default::default() };
            act(schemas::CONTACT, chat(), value!(contact_action: contact));
        }
        if let Some(Star { id, from_me, starred }) = &self.star {
            let from_me = if *from_me { "1" } else { "0" };
            let index = vec![self.chat.clone(), id.clone(), from_me.to_owned(), "0".to_owned()];
            act(schemas::STAR, index, value!(star_action: say::StarAction { starred: Some(*starred) }));
        }
        actions.extend(self.label.as_ref().map(|label| label.action(&self.chat, now_ms)));
        actions
    }
}

fn shown(mutation: &Mutation) -> Value {
    let mut says = Map::new();
    if let Some(value) = &mutation.action_value {
        let mut say = |name: &str, said: Option<Value>| said.map(|said| says.insert(name.to_owned(), said));
        say("archived", value.archive_chat_action.as_option().and_then(|a| a.archived).map(Value::from));
        say("pinned", value.pin_action.as_option().and_then(|a| a.pinned).map(Value::from));
        say("muted", value.mute_action.as_option().and_then(|a| a.muted).map(Value::from));
        say("muted_until", value.mute_action.as_option().and_then(|a| a.mute_end_timestamp).map(Value::from));
        say("read", value.mark_chat_as_read_action.as_option().and_then(|a| a.read).map(Value::from));
        say("name", value.contact_action.as_option().and_then(|a| a.full_name.clone()).map(Value::from));
        let label = value.label_edit_action.as_option();
        say("label", label.and_then(|a| a.name.clone()).map(Value::from));
        say("color", label.and_then(|a| a.color).map(Value::from));
        say("deleted", label.and_then(|a| a.deleted).map(Value::from));
        say("labeled", value.label_association_action.as_option().and_then(|a| a.labeled).map(Value::from));
        say("starred", value.star_action.as_option().and_then(|a| a.starred).map(Value::from));
    }
    json!({ "index": mutation.index, "says": says })
}
