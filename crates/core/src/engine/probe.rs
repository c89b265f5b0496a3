//! The other end of an [`Inlet`], for tests of an engine by itself: it takes what is handed in and decides when
//! that counts as committed.

use super::{Fact, Inbound};
use crate::inlet::{Entry, Inlet, Outlet};

/// What an engine handed in.
#[derive(Clone, Debug)]
pub enum Handed {
    Fact(Fact),
    Messages(Vec<Inbound>),
}

pub struct Probe {
    outlet: Outlet,
    taken: u64,
    unanswered: Vec<tokio::sync::oneshot::Sender<()>>,
}

impl Probe {
    #[must_use]
    pub fn new() -> (Inlet, Self) {
        let (inlet, outlet) = Inlet::new();
        (inlet, Self { outlet, taken: 0, unanswered: Vec::new() })
    }

    /// The next hand-in, committed at once. `None` when the engine has let go of its inlet.
    pub async fn next(&mut self) -> Option<Handed> {
        let handed = self.take().await;
        self.commit();
        handed
    }

    /// The next hand-in, not committed before [`Self::commit`].
    pub async fn take(&mut self) -> Option<Handed> {
        let entry = self.outlet.entries.recv().await?;
        self.taken += 1;
        Some(match entry {
            Entry::Fact(fact) => Handed::Fact(*fact),
            Entry::Messages(batch, done) => {
                self.unanswered.push(done);
                Handed::Messages(batch)
            }
        })
    }

    /// Commits everything taken so far.
    pub fn commit(&mut self) {
        for done in self.unanswered.drain(..) {
            let _ = done.send(());
        }
        self.outlet.committed.send_replace(self.taken);
    }
}
