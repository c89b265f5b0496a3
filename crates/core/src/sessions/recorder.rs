//! Commits what a running client reports, in order, in shared transactions. One task for each open link.
//!
//! A failed commit is tried again until it succeeds or the session is given up: what the network delivered is never
//! acknowledged before it is stored, and never dropped here. Trying again is safe, because every fact has a natural key.

use std::{sync::Arc, time::Duration};

use switchboard_model::SessionId;
use switchboard_store::{StoreError, leases};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::{
    live::Live,
    record::{self, Work},
};
use crate::{
    Core,
    engine::{Fact, Fence},
    health,
    inlet::{Entry, Outlet},
    retention,
};

const BATCH: usize = 128;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(crate) struct Recorder {
    pub(crate) core: Core,
    pub(crate) session: SessionId,
    pub(crate) epoch: i64,
    pub(crate) fence: Fence,
    pub(crate) outlet: Outlet,
    pub(crate) live: watch::Sender<Live>,
    /// Hears of every fact once it is committed.
    pub(crate) committed: mpsc::UnboundedSender<Box<Fact>>,
    /// The link has ended: commit what it handed in, take nothing more.
    pub(crate) finish: CancellationToken,
}

impl Recorder {
    /// Runs until told to finish, or until the session is given up.
    pub(crate) async fn run(mut self) {
        let mut entries = Vec::new();
        while self.next(&mut entries).await {
            let count = entries.len() as u64;
            let (work, replies) = unpack(std::mem::take(&mut entries));
            if !self.commit(&work).await {
                return;
            }
            self.note_event();
            self.outlet.committed.send_modify(|done| *done += count);
            for reply in replies {
                let _ = reply.send(());
            }
            self.announce(&work);
        }
    }

    /// Wakes nobody: it is shown, and not waited for.
    fn note_event(&self) {
        let now = self.core.now();
        self.live.send_if_modified(|live| {
            live.last_event_at = Some(now);
            false
        });
    }

    /// Waits for entries; false at the end.
    async fn next(&mut self, entries: &mut Vec<Entry>) -> bool {
        tokio::select! {
            biased;
            count = self.outlet.entries.recv_many(entries, BATCH) => return count > 0,
            () = self.finish.cancelled() => self.outlet.entries.close(),
        }
        self.outlet.entries.recv_many(entries, BATCH).await > 0
    }

    /// Stores the batch, however long the database is away. False when the session is no longer ours.
    async fn commit(&self, work: &Arc<Vec<Work>>) -> bool {
        let mut pause = FIRST_PAUSE;
        loop {
            if self.fence.check().is_err() {
                return false;
            }
            match self.write(Arc::clone(work)).await {
                Ok(owned) => return owned,
                Err(error) => tracing::warn!(session = %self.session, %error, "what came in cannot be stored yet"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn write(&self, work: Arc<Vec<Work>>) -> Result<bool, StoreError> {
        let (session, epoch, now) = (self.session.clone(), self.epoch, self.core.now());
        let core = self.core.clone();
        self.core
            .store()
            .write(move |tx| {
                let (core, session, work) = (core.clone(), session.clone(), Arc::clone(&work));
                Box::pin(async move {
                    if !leases::is_current(tx, &session, epoch).await? {
                        return Ok(false);
                    }
                    for work in work.iter() {
                        record::record(tx, &session, work, &core.0.recent, now).await?;
                        if let Work::Fact(fact) = work {
                            health::observe(tx, &session, fact, now, core.settings().first_hold).await?;
                        }
                    }
                    let written: Vec<_> = work.iter().flat_map(Work::messages).collect();
                    retention::keep_only_what_is_wanted(tx, &session, &written).await?;
                    Ok(true)
                })
            })
            .await
    }

    fn announce(&self, work: &[Work]) {
        for work in work {
            tally(work);
            let Work::Fact(fact) = work else { continue };
            // A receipt says as much, where the answer itself was lost.
            for id in work.own_messages() {
                self.core.0.waiters.wake(&self.session, id);
            }
            if let Fact::History(_) = fact {
                self.core.import_history(&self.session);
            }
            if let Fact::Paired { .. } = fact {
                let (core, session) = (self.core.clone(), self.session.clone());
                tokio::spawn(async move { core.keep_file(&session).await });
            }
            let _ = self.committed.send(Box::new(fact.clone()));
        }
    }
}

/// For those who watch over the gateway: what is stored by now.
fn tally(work: &Work) {
    match work {
        Work::Messages(batch) => {
            metrics::counter!("switchboard_messages_stored_total").increment(batch.len() as u64);
        }
        Work::Fact(Fact::Acked { error, .. }) => {
            let result = if error.is_none() { "accepted" } else { "refused" };
            metrics::counter!("switchboard_messages_sent_total", "result" => result).increment(1);
        }
        Work::Fact(Fact::Online { .. }) => metrics::counter!("switchboard_connections_opened_total").increment(1),
        Work::Fact(Fact::Offline { .. }) => metrics::counter!("switchboard_connections_lost_total").increment(1),
        Work::Fact(_) => {}
    }
}

fn unpack(entries: Vec<Entry>) -> (Arc<Vec<Work>>, Vec<oneshot::Sender<()>>) {
    let mut replies = Vec::new();
    let work = entries.into_iter().map(|entry| match entry {
        Entry::Fact(fact) => Work::Fact(*fact),
        Entry::Messages(batch, reply) => {
            replies.push(reply);
            Work::Messages(batch)
        }
    });
    (Arc::new(work.collect()), replies)
}
