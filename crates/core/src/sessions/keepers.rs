//! The keepers that run in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use switchboard_model::SessionId;
use tokio::sync::{
    Notify, OwnedSemaphorePermit, Semaphore,
    mpsc::{self, error::TrySendError},
    watch,
};
use tokio_util::task::TaskTracker;

use super::{
    keeper::{Command, Keeper},
    live::Live,
};
use crate::{
    Core,
    engine::{Link, Pairing},
};

pub(crate) struct Keepers {
    running: Mutex<HashMap<SessionId, Handle>>,
    connecting: Arc<Semaphore>,
    tasks: TaskTracker,
}

#[derive(Clone)]
struct Handle {
    commands: mpsc::Sender<Command>,
    live: watch::Receiver<Live>,
    outbox: Arc<Notify>,
}

impl Keepers {
    pub(crate) fn new(connecting_at_once: usize) -> Self {
        let connecting = Arc::new(Semaphore::new(connecting_at_once.max(1)));
        Self { running: Mutex::default(), connecting, tasks: TaskTracker::new() }
    }

    /// Starts a keeper unless one runs; tells whether it did.
    pub(crate) fn start(&self, core: &Core, session: &SessionId, pairing: Pairing) -> bool {
        let mut running = self.running();
        if running.get(session).is_some_and(|handle| !handle.commands.is_closed()) {
            return false;
        }
        let (commands, receiver) = mpsc::channel(4);
        let live = watch::Sender::new(Live::default());
        let outbox = Arc::new(Notify::new());
        running.insert(session.clone(), Handle { commands, live: live.subscribe(), outbox: Arc::clone(&outbox) });
        let keeper = Keeper { core: core.clone(), session: session.clone(), pairing, commands: receiver, live, outbox };
        self.tasks.spawn(keeper.run());
        true
    }

    pub(crate) fn is_running(&self, session: &SessionId) -> bool {
        self.running().get(session).is_some_and(|handle| !handle.commands.is_closed())
    }

    pub(crate) fn all(&self) -> Vec<SessionId> {
        let mut running = self.running();
        running.retain(|_, handle| !handle.commands.is_closed());
        running.keys().cloned().collect()
    }

    /// Stops a session's keeper and waits until it has ended; at once when none runs.
    pub(crate) async fn stop(&self, session: &SessionId, reason: &str) {
        self.command(session, Command::Stop { reason: reason.to_owned() }).await;
    }

    /// The same without waiting for it. Tells whether there is one that ends.
    pub(crate) fn tell_to_stop(&self, session: &SessionId, reason: &str) -> bool {
        let Some(handle) = self.handle(session) else { return false };
        // One whose channel is full has been told already.
        let told = handle.commands.try_send(Command::Stop { reason: reason.to_owned() });
        !matches!(told, Err(TrySendError::Closed(_)))
    }

    /// Begins to let another gateway have a session. Only one that is well, or a person may be waiting for it here.
    /// Tells whether it goes.
    pub(crate) fn let_go(&self, session: &SessionId) -> bool {
        let Some(handle) = self.handle(session) else { return false };
        let well = handle.live.borrow().link.is_some();
        well && handle.commands.try_send(Command::LetGo).is_ok()
    }

    /// Removes the device from its account, if connected, and ends the keeper.
    pub(crate) async fn unlink(&self, session: &SessionId) {
        self.command(session, Command::Unlink).await;
    }

    async fn command(&self, session: &SessionId, command: Command) {
        let Some(handle) = self.handle(session) else { return };
        let _ended_by_itself = handle.commands.send(command).await;
        handle.commands.closed().await;
        // The same keeper, not one that someone started since.
        self.running().retain(|id, other| id != session || !other.commands.same_channel(&handle.commands));
    }

    /// Tells every keeper to stop without a word, and waits for them: the process ends, the wishes stay.
    pub(crate) async fn shut_down(&self) {
        self.running().clear();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Something new waits in the session's ledger.
    pub(crate) fn poke(&self, session: &SessionId) {
        if let Some(handle) = self.handle(session) {
            handle.outbox.notify_one();
        }
    }

    pub(crate) fn live(&self, session: &SessionId) -> Option<watch::Receiver<Live>> {
        self.handle(session).map(|handle| handle.live)
    }

    pub(crate) fn link(&self, session: &SessionId) -> Option<Arc<dyn Link>> {
        self.handle(session)?.live.borrow().link.clone()
    }

    /// A place among those that are connecting now.
    pub(crate) async fn connecting(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.connecting).acquire_owned().await.ok()
    }

    fn handle(&self, session: &SessionId) -> Option<Handle> {
        self.running().get(session).cloned()
    }

    fn running(&self) -> MutexGuard<'_, HashMap<SessionId, Handle>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
