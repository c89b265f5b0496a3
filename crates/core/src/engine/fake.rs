//! An engine in memory, driven by tests: it does what the script says and remembers what it was asked.
//!
//! It keeps the promises of the real one. A link that has ended reports nothing more; a closed fence refuses to
//! send and lets no message in; a session once paired comes back online by itself.

use std::{
    collections::HashMap,
    fs::File,
    io::{Read, Seek, Write},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use switchboard_model::{
    Call, CallStatus, Group, Jid, Lid, Media, MediaKind, MessageId, Party, Phone, RemoteMedia, SessionId,
};
use tokio::sync::watch;

use super::{
    CallFact, Draft, Engine, EngineError, Exported, Fact, Fence, Fenced, Form, Inbound, Link, NumberStatus, Open,
    Pairing, Pulse, Receipt, ReceiptKind, Restored, StateRow, Transmit, Uploaded,
};
use crate::inlet::Inlet;

/// How the scripted network answers what is sent.
#[derive(Clone, Debug, Default)]
pub enum Answer {
    #[default]
    Ack,
    Nack(String),
    /// Written, never answered.
    Silence,
    /// Not even written.
    Fail(EngineError),
}

#[derive(Clone, Default)]
pub struct FakeEngine {
    sessions: Arc<Mutex<HashMap<SessionId, Arc<FakeSession>>>>,
    ids: Arc<AtomicU64>,
}

/// One account as the network knows it: it outlives the links that serve it.
pub struct FakeSession {
    script: Mutex<Script>,
    groups: Mutex<Vec<Group>>,
    noticed: Mutex<Vec<String>>,
    sent: watch::Sender<Vec<Transmit>>,
    rejected: watch::Sender<Vec<String>>,
    link: watch::Sender<Option<Arc<FakeLink>>>,
    opens: watch::Sender<usize>,
}

#[derive(Default)]
struct Script {
    linked: bool,
    /// How often it was linked.
    links: u64,
    answer: Answer,
    refuse_open: Option<EngineError>,
    silent_for: Option<Duration>,
    read: Vec<MessageId>,
    blocked: Vec<Party>,
    files: HashMap<String, Vec<u8>>,
    unlinked: bool,
}

pub struct FakeLink {
    session: Arc<FakeSession>,
    inlet: Inlet,
    fence: Fence,
    epoch: i64,
    pairing: Pairing,
    ended: watch::Sender<bool>,
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
        let link = Arc::new(FakeLink {
            session: Arc::clone(&session),
            inlet,
            fence: order.fence,
            epoch: order.epoch,
            pairing: order.pairing,
            ended: watch::Sender::new(false),
        });
        if session.script().linked {
            link.report(Fact::Online { catching_up: false });
            link.report(Fact::CaughtUp);
        }
        session.link.send_replace(Some(Arc::clone(&link)));
        session.opens.send_modify(|count| *count += 1);
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

    fn message_id(&self) -> MessageId {
        MessageId(format!("FAKE{:016X}", self.ids.fetch_add(1, Ordering::SeqCst)))
    }
}

impl FakeSession {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::default(),
            groups: Mutex::default(),
            rejected: watch::Sender::new(Vec::new()),
            noticed: Mutex::default(),
            sent: watch::Sender::new(Vec::new()),
            link: watch::Sender::new(None),
            opens: watch::Sender::new(0),
        })
    }

    /// Whether credentials are stored: a linked session goes online as soon as it is opened.
    pub fn set_linked(&self, linked: bool) {
        self.script().linked = linked;
    }

    pub fn answer(&self, answer: Answer) {
        self.script().answer = answer;
    }

    /// What [`Engine::open`] fails with from now on.
    pub fn refuse_open(&self, error: Option<EngineError>) {
        self.script().refuse_open = error;
    }

    /// How long the socket has been silent, as the pulse shows it.
    pub fn set_silence(&self, silent_for: Duration) {
        self.script().silent_for = Some(silent_for);
    }

    /// Waits for a running link.
    pub async fn link(&self) -> Arc<FakeLink> {
        let mut links = self.link.subscribe();
        loop {
            let running = links.borrow_and_update().clone().filter(|link| !link.has_ended());
            if let Some(link) = running {
                return link;
            }
            let _ = links.changed().await;
        }
    }

    /// Waits until the session has been opened this many times in all.
    pub async fn opened(&self, times: usize) {
        let _ = self.opens.subscribe().wait_for(|count| *count >= times).await;
    }

    #[must_use]
    pub fn opens(&self) -> usize {
        *self.opens.borrow()
    }

    /// Everything written so far, over all links, resends included.
    #[must_use]
    pub fn sent(&self) -> Vec<Transmit> {
        self.sent.borrow().clone()
    }

    /// Waits until that many messages were written.
    pub async fn sent_at_least(&self, count: usize) -> Vec<Transmit> {
        let mut sent = self.sent.subscribe();
        sent.wait_for(|sent| sent.len() >= count).await.map(|sent| sent.clone()).unwrap_or_default()
    }

    #[must_use]
    pub fn marked_read(&self) -> Vec<MessageId> {
        self.script().read.clone()
    }

    /// The calls declined so far.
    #[must_use]
    pub fn rejected(&self) -> Vec<String> {
        self.rejected.borrow().clone()
    }

    /// Waits until that many calls were declined.
    pub async fn rejected_at_least(&self, count: usize) -> Vec<String> {
        let mut rejected = self.rejected.subscribe();
        rejected.wait_for(|rejected| rejected.len() >= count).await.map(|rejected| rejected.clone()).unwrap_or_default()
    }

    /// Who is on the network's block list.
    #[must_use]
    pub fn blocked(&self) -> Vec<Party> {
        self.script().blocked.clone()
    }

    #[must_use]
    pub fn was_unlinked(&self) -> bool {
        self.script().unlinked
    }

    /// What was shown of presence and typing, in words.
    #[must_use]
    pub fn noticed(&self) -> Vec<String> {
        lock(&self.noticed).clone()
    }

    pub(super) fn notice(&self, what: String) {
        lock(&self.noticed).push(what);
    }

    pub(super) fn groups(&self) -> MutexGuard<'_, Vec<Group>> {
        lock(&self.groups)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }
}

impl FakeLink {
    /// Reports anything.
    pub fn report(&self, fact: Fact) {
        if !self.has_ended() {
            self.inlet.report(fact);
        }
    }

    /// Hands messages in as the network delivers them; returns once they are committed.
    pub async fn deliver(&self, batch: Vec<Inbound>) -> Result<(), Fenced> {
        self.alive()?;
        self.inlet.messages(batch).await
    }

    pub fn qr(&self, code: &str) {
        self.report(Fact::QrCode { code: code.to_owned(), valid_for: Duration::from_secs(20) });
    }

    pub fn pairing_code(&self, code: &str) {
        self.report(Fact::PairingCode { code: code.to_owned(), valid_for: Duration::from_secs(180) });
    }

    /// The phone accepts: paired, and online at once.
    pub fn pair(&self, phone: &Phone, lid: &Lid) {
        self.session.set_linked(true);
        self.session.script().links += 1;
        self.report(Fact::Paired { phone: Some(phone.clone()), lid: Some(lid.clone()), name: Some("Fake".to_owned()) });
        self.report(Fact::Online { catching_up: false });
        self.report(Fact::CaughtUp);
    }

    pub fn receipt(&self, of: &Transmit, kind: ReceiptKind, at: switchboard_model::Timestamp) {
        let party = Party::from(of.chat.clone());
        let ids = vec![of.id.clone()];
        self.report(Fact::Receipt(Receipt { chat: party.clone(), by: party, ids, kind, at }));
    }

    /// Somebody calls.
    pub fn call(&self, id: &str, from: Party, at: switchboard_model::Timestamp) {
        let call = Call { id: id.to_owned(), from, video: false, group: false, group_jid: None, timestamp: at };
        self.report(Fact::Call(CallFact::Offered { call, status: CallStatus::Ringing }));
    }

    /// The connection drops.
    pub fn drop_connection(&self) {
        self.end_with(Fact::Offline { reason: "the connection was lost".to_owned() });
    }

    pub fn replace(&self) {
        self.end_with(Fact::Replaced);
    }

    pub fn log_out(&self) {
        self.session.set_linked(false);
        self.end_with(Fact::LoggedOut { reason: "removed on the phone".to_owned() });
    }

    /// A last fact, then silence.
    pub fn end_with(&self, fact: Fact) {
        self.report(fact);
        self.end();
    }

    #[must_use]
    pub fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// Waits for the end, whoever brings it about.
    pub async fn ended(&self) {
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    #[must_use]
    pub fn pairing(&self) -> &Pairing {
        &self.pairing
    }

    fn end(&self) {
        self.ended.send_replace(true);
    }

    fn alive(&self) -> Result<(), Fenced> {
        if self.has_ended() { Err(Fenced) } else { self.fence.check() }
    }

    pub(super) fn session(&self) -> &FakeSession {
        &self.session
    }

    pub(super) fn online(&self) -> Result<(), EngineError> {
        self.fence.check()?;
        if self.has_ended() { Err(EngineError::NotConnected("the link has ended".to_owned())) } else { Ok(()) }
    }
}

#[async_trait]
impl Link for FakeLink {
    async fn transmit(&self, message: &Transmit) -> Result<(), EngineError> {
        self.online()?;
        let answer = self.session.script().answer.clone();
        if let Answer::Fail(error) = answer {
            return Err(error);
        }
        self.session.sent.send_modify(|sent| sent.push(message.clone()));
        match answer {
            Answer::Ack => self.report(Fact::Acked { id: message.id.clone(), error: None }),
            Answer::Nack(code) => self.report(Fact::Acked { id: message.id.clone(), error: Some(code) }),
            Answer::Silence | Answer::Fail(_) => {}
        }
        Ok(())
    }

    async fn mark_read(&self, _chat: &Jid, _sender: Option<&Jid>, ids: &[MessageId]) -> Result<(), EngineError> {
        self.online()?;
        self.session.script().read.extend_from_slice(ids);
        Ok(())
    }

    async fn upload(&self, _kind: MediaKind, mut file: File) -> Result<Uploaded, EngineError> {
        self.online()?;
        let mut bytes = Vec::new();
        let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
        read.map_err(|error| EngineError::Other(error.to_string()))?;
        let (sha256, size) = (hex::encode(Sha256::digest(&bytes)), bytes.len() as u64);
        let (direct_path, key) = (format!("/fake/{sha256}"), "00".repeat(32));
        self.session.script().files.insert(direct_path.clone(), bytes);
        let url = format!("https://media.invalid{direct_path}");
        let remote = RemoteMedia { url, direct_path, enc_sha256: key.clone(), key, key_at: 0 };
        Ok(Uploaded { remote, sha256, size })
    }

    async fn download(&self, _kind: MediaKind, media: &Media, mut into: File) -> Result<File, EngineError> {
        self.online()?;
        let path = media.remote.as_ref().map(|remote| remote.direct_path.clone()).unwrap_or_default();
        let bytes = self.session.script().files.get(&path).cloned();
        let bytes = bytes.ok_or_else(|| EngineError::Refused("the network has it no more".to_owned()))?;
        let written = into.write_all(&bytes).and_then(|()| into.rewind());
        written.map(|()| into).map_err(|error| EngineError::Other(error.to_string()))
    }

    /// Every number is known, unless it ends in 0.
    async fn check_numbers(&self, phones: &[Phone]) -> Result<Vec<NumberStatus>, EngineError> {
        self.online()?;
        Ok(phones.iter().map(number_status).collect())
    }

    async fn reject_call(&self, call: &Call) -> Result<(), EngineError> {
        self.online()?;
        self.session.rejected.send_modify(|rejected| rejected.push(call.id.clone()));
        Ok(())
    }

    async fn block(&self, contact: &Party) -> Result<(), EngineError> {
        self.online()?;
        self.session.script().blocked.push(contact.clone());
        Ok(())
    }

    async fn unblock(&self, contact: &Party) -> Result<(), EngineError> {
        self.online()?;
        self.session.script().blocked.retain(|other| other != contact);
        Ok(())
    }

    async fn close(&self) {
        self.end();
    }

    async fn unlink(&self) -> Result<(), EngineError> {
        self.online()?;
        let mut script = self.session.script();
        script.linked = false;
        script.unlinked = true;
        drop(script);
        self.end();
        Ok(())
    }

    fn abort(&self) {
        self.end();
    }

    fn pulse(&self) -> Pulse {
        let silent_for = self.session.script().silent_for.or(Some(Duration::ZERO));
        Pulse { silent_for, ended: self.has_ended(), halted: false }
    }
}

fn number_status(phone: &Phone) -> NumberStatus {
    let on_whatsapp = !phone.digits().ends_with('0');
    NumberStatus { phone: phone.clone(), on_whatsapp, lid: None, business: false, verified_name: None }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
