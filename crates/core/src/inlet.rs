//! Where an engine hands in what happened: the only way into `core` for a running client.
//!
//! Messages are committed before the engine acknowledges them ([`Inlet::messages`] returns after COMMIT). All other
//! facts are taken without waiting ([`Inlet::report`]), numbered, and committed in order by one recorder task for
//! each session; [`Inlet::settled`] waits until every fact reported so far is committed, so that an
//! acknowledgement written after it never outruns the commit.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{mpsc, oneshot, watch};

use crate::engine::{Fact, Fenced, Inbound};

#[derive(Clone)]
pub struct Inlet {
    shared: Arc<Shared>,
}

struct Shared {
    issued: AtomicU64,
    entries: mpsc::UnboundedSender<Entry>,
    committed: watch::Receiver<u64>,
}

/// One hand-in, for the recorder.
pub(crate) enum Entry {
    Fact(Box<Fact>),
    Messages(Vec<Inbound>, oneshot::Sender<()>),
}

/// The recorder's end.
pub(crate) struct Outlet {
    pub(crate) entries: mpsc::UnboundedReceiver<Entry>,
    pub(crate) committed: watch::Sender<u64>,
}

impl Inlet {
    pub(crate) fn new() -> (Self, Outlet) {
        let (sender, entries) = mpsc::unbounded_channel();
        let (committed, receiver) = watch::channel(0);
        let shared = Shared { issued: AtomicU64::new(0), entries: sender, committed: receiver };
        (Self { shared: Arc::new(shared) }, Outlet { entries, committed })
    }

    /// Commits a batch, all or nothing, in order; what is already known is not recorded twice.
    /// `Err` only when this process has given the session up: the network will deliver them again.
    pub async fn messages(&self, batch: Vec<Inbound>) -> Result<(), Fenced> {
        let (done, committed) = oneshot::channel();
        self.enter(Entry::Messages(batch, done));
        committed.await.map_err(|_| Fenced)
    }

    /// Takes one fact. Never waits, never drops.
    pub fn report(&self, fact: Fact) {
        self.enter(Entry::Fact(Box::new(fact)));
    }

    /// Waits until everything handed in before this call is committed.
    pub async fn settled(&self) -> Result<(), Fenced> {
        let before = self.shared.issued.load(Ordering::SeqCst);
        if *self.shared.committed.borrow() >= before {
            return Ok(());
        }
        let mut committed = self.shared.committed.clone();
        committed.wait_for(|done| *done >= before).await.map(|_| ()).map_err(|_| Fenced)
    }

    /// A closed channel means that the session was given up: nobody will commit this, and `settled` says so.
    fn enter(&self, entry: Entry) {
        self.shared.issued.fetch_add(1, Ordering::SeqCst);
        let _ = self.shared.entries.send(entry);
    }
}
