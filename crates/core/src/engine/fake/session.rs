//! One account of the fake: what its network does, and what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use switchboard_model::{Group, MessageId, Party};
use tokio::sync::watch;

use super::{
    super::{EngineError, Transmit},
    link::FakeLink,
    lock,
    newsletters::FakeNewsletter,
    profile::OwnProfile,
};

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

/// One account as the network knows it: it outlives the links that serve it.
pub struct FakeSession {
    script: Mutex<Script>,
    groups: Mutex<Vec<Group>>,
    newsletters: Mutex<Vec<FakeNewsletter>>,
    profile: Mutex<OwnProfile>,
    noticed: Mutex<Vec<String>>,
    pub(super) sent: watch::Sender<Vec<Transmit>>,
    pub(super) tries: watch::Sender<usize>,
    pub(super) rejected: watch::Sender<Vec<String>>,
    link: watch::Sender<Option<Arc<FakeLink>>>,
    opens: watch::Sender<usize>,
    closing_held: watch::Sender<bool>,
}

#[derive(Default)]
pub(super) struct Script {
    pub(super) linked: bool,
    /// How often it was linked.
    pub(super) links: u64,
    pub(super) answer: Answer,
    pub(super) refuse_open: Option<EngineError>,
    pub(super) silent_for: Option<Duration>,
    pub(super) read: Vec<MessageId>,
    pub(super) blocked: Vec<Party>,
    pub(super) files: HashMap<String, Vec<u8>>,
    pub(super) unlinked: bool,
}

impl FakeSession {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::default(),
            groups: Mutex::default(),
            newsletters: Mutex::default(),
            profile: Mutex::default(),
            tries: watch::Sender::new(0),
            rejected: watch::Sender::new(Vec::new()),
            noticed: Mutex::default(),
            sent: watch::Sender::new(Vec::new()),
            link: watch::Sender::new(None),
            opens: watch::Sender::new(0),
            closing_held: watch::Sender::new(false),
        })
    }

    /// Whether credentials are stored: a linked session goes online as soon as it is opened.
    pub fn set_linked(&self, linked: bool) {
        self.script().linked = linked;
    }

    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.script().linked
    }

    pub fn answer(&self, answer: Answer) {
        self.script().answer = answer;
    }

    /// What [`Engine::open`] fails with from now on.
    pub fn refuse_open(&self, error: Option<EngineError>) {
        self.script().refuse_open = error;
    }

    /// Whether a link that is asked to close takes its time, until this is taken back.
    pub fn hold_closing(&self, held: bool) {
        self.closing_held.send_replace(held);
    }

    pub(super) async fn may_close(&self) {
        let _ = self.closing_held.subscribe().wait_for(|held| !held).await;
    }

    pub(super) fn begin(&self, link: Arc<FakeLink>) {
        self.link.send_replace(Some(link));
        self.opens.send_modify(|count| *count += 1);
    }

    /// The link that runs now, if one does.
    #[must_use]
    pub fn running(&self) -> Option<Arc<FakeLink>> {
        self.link.borrow().clone().filter(|link| !link.has_ended())
    }

    /// Waits for a running link.
    pub async fn link(&self) -> Arc<FakeLink> {
        let mut links = self.link.subscribe();
        loop {
            links.mark_unchanged();
            if let Some(link) = self.running() {
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

    /// Waits until so many attempts to write a message were made, failed ones included.
    pub async fn tried_at_least(&self, count: usize) {
        let _ = self.tries.subscribe().wait_for(|tries| *tries >= count).await;
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

    /// What the account shows of itself.
    pub fn profile(&self) -> MutexGuard<'_, OwnProfile> {
        lock(&self.profile)
    }

    pub(super) fn groups(&self) -> MutexGuard<'_, Vec<Group>> {
        lock(&self.groups)
    }

    pub(super) fn newsletters(&self) -> MutexGuard<'_, Vec<FakeNewsletter>> {
        lock(&self.newsletters)
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }
}
