//! An engine in memory, driven by tests: it does what the script says and remembers what it was asked.
//!
//! It keeps the promises of the real one, and the contract that tests those runs on both. A link that has ended reports
//! nothing more; a closed fence refuses to send and lets no message in; a session once paired comes back online by
//! itself.
//!
//! - `session`: an account, with its script and its memory
//! - `link`: what a test lets happen on an open link; `network`, what the gateway asks of it
//! - `chats`: what is decided about chats, and labels; `groups`: its groups, and presence; `communities`: theirs; `newsletters`; `profile`: what it shows of itself; `past`: its history

mod chats;
mod communities;
mod groups;
mod link;
mod network;
mod newsletters;
mod past;
mod profile;
mod session;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use serde_json::{Value, json};
use switchboard_model::{MessageId, Party, SessionId};

pub use self::{
    groups::INVITE,
    link::FakeLink,
    newsletters::FakeNewsletter,
    profile::OwnProfile,
    session::{Answer, FakeSession},
};
use super::{Draft, Engine, EngineError, Exported, Fact, Form, Link, Open, PastChats, Restored, StateRow};
use crate::inlet::Inlet;

#[derive(Clone, Default)]
pub struct FakeEngine {
    sessions: Arc<Mutex<HashMap<SessionId, Arc<FakeSession>>>>,
    ids: Arc<AtomicU64>,
}

impl FakeEngine {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The handle of one session; made when first asked for, so that it can be scripted before it opens.
    #[must_use]
    pub fn session(&self, id: &SessionId) -> Arc<FakeSession> {
        Arc::clone(lock(&self.sessions).entry(id.clone()).or_insert_with(FakeSession::new))
    }
}

#[async_trait]
impl Engine for FakeEngine {
    async fn open(&self, order: Open, inlet: Inlet) -> Result<Arc<dyn Link>, EngineError> {
        order.fence.check()?;
        let session = self.session(&order.session);
        if let Some(error) = session.script().refuse_open.clone() {
            return Err(error);
        }
        let link = Arc::new(FakeLink::new(Arc::clone(&session), order, inlet));
        if session.script().linked {
            link.report(Fact::Online { catching_up: false });
            link.report(Fact::CaughtUp);
        }
        session.begin(Arc::clone(&link));
        Ok(link)
    }

    async fn finish(&self, draft: &Draft<'_>) -> Result<Vec<u8>, EngineError> {
        serde_json::to_vec(draft.content).map_err(|error| EngineError::Other(error.to_string()))
    }

    fn export(&self, rows: &[StateRow], form: Form) -> Result<Exported, EngineError> {
        let keys = rows.iter().map(|row| (format!("{}/{}", row.name, row.id), json!(row.value)));
        let keys: serde_json::Map<_, _> = keys.collect();
        let state = json!({ "creds": { "form": format!("{form:?}") }, "keys": keys });
        Ok(Exported { state, warnings: Vec::new() })
    }

    /// Takes what [`export`](Self::export) made.
    fn import(&self, _ours: &[StateRow], state: &Value) -> Result<Restored, EngineError> {
        let damaged = || EngineError::Corrupt("there are no keys".to_owned());
        let mut rows = Vec::new();
        for (key, value) in state["keys"].as_object().ok_or_else(damaged)? {
            let (name, id) = key.split_once('/').ok_or_else(damaged)?;
            let value = serde_json::from_value(value.clone()).map_err(|_| damaged())?;
            rows.push(StateRow { name: name.to_owned(), id: id.to_owned(), value });
        }
        Ok(Restored { rows, phone: None, lid: None, warnings: Vec::new() })
    }

    /// Ratchets are the rows named `session`.
    fn without_ratchets(&self, mut rows: Vec<StateRow>) -> Result<Vec<StateRow>, EngineError> {
        rows.retain(|row| row.name != "session");
        Ok(rows)
    }

    async fn link_mark(&self, session: &SessionId) -> Result<Option<String>, EngineError> {
        let session = self.session(session);
        let script = session.script();
        Ok(script.linked.then(|| format!("link {}", script.links)))
    }

    fn read_history<'a>(&self, _own: &Party, body: &'a [u8]) -> Result<PastChats<'a>, EngineError> {
        let text = std::str::from_utf8(body).map_err(|error| EngineError::Corrupt(error.to_string()))?;
        Ok(Box::new(text.lines().map(past::past_chat)))
    }

    fn message_id(&self) -> MessageId {
        MessageId(format!("FAKE{:016X}", self.ids.fetch_add(1, Ordering::SeqCst)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
