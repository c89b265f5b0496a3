//! Two lanes of commands: everyday ones, and bulk work that yields to them.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Job;

/// The more share a commit, the more of them change the same pages. It is a bound, not an aim: nobody is waited for.
const BATCH: usize = 1024;
const QUEUE: usize = BATCH;
/// Where so many come at once, more are about to come: they are given a moment to share the commit, because what a
/// commit costs is mostly its pages, and those are the same for all of them. With less to do nobody is kept waiting.
const MANY: usize = 32;
const MOMENT: Duration = Duration::from_millis(3);
/// How many batches of the first lane may pass while bulk work waits.
const PATIENCE: u32 = 4;

type Boxed = Box<dyn Job>;

#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) first: mpsc::Sender<Boxed>,
    pub(crate) bulk: mpsc::Sender<Boxed>,
}

pub(crate) struct Lanes {
    first: mpsc::Receiver<Boxed>,
    bulk: mpsc::Receiver<Boxed>,
    passed: u32,
    stop: CancellationToken,
}

pub(crate) fn lanes(stop: CancellationToken) -> (Sender, Lanes) {
    let (first_in, first) = mpsc::channel(QUEUE);
    let (bulk_in, bulk) = mpsc::channel(BATCH);
    (Sender { first: first_in, bulk: bulk_in }, Lanes { first, bulk, passed: 0, stop })
}

impl Lanes {
    /// The next commands to share a commit; none once the lanes are closed and empty.
    pub(super) async fn next(&mut self) -> Option<Vec<Boxed>> {
        if self.passed >= PATIENCE
            && let Ok(job) = self.bulk.try_recv()
        {
            self.passed = 0;
            return Some(vec![job]);
        }
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled(), if !self.first.is_closed() => {
                    self.first.close();
                    self.bulk.close();
                }
                count = self.first.recv_many(&mut batch, BATCH) => {
                    self.passed += 1;
                    if count >= MANY {
                        self.gather(&mut batch).await;
                    }
                    return if count > 0 { Some(batch) } else { self.bulk.recv().await.map(|job| vec![job]) };
                }
                Some(job) = self.bulk.recv() => {
                    self.passed = 0;
                    return Some(vec![job]);
                }
            }
        }
    }

    /// Takes along what comes in the next moment. Nothing that comes wakes this thread meanwhile.
    async fn gather(&mut self, batch: &mut Vec<Boxed>) {
        tokio::time::sleep(MOMENT).await;
        while batch.len() < BATCH
            && let Ok(job) = self.first.try_recv()
        {
            batch.push(job);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StoreError, writer::job};

    fn jobs(to: &Sender, count: usize) {
        for _ in 0..count {
            let (job, _answer) = job::<(), StoreError, _>(|_| Box::pin(async { Ok(()) }));
            assert!(to.first.try_send(job).is_ok());
        }
    }

    /// How many share a commit, of `first` and of one that comes a millisecond later.
    async fn together(first: usize) -> usize {
        let (sender, mut lanes) = lanes(CancellationToken::new());
        jobs(&sender, first);
        let late = async {
            tokio::time::sleep(MOMENT / 2).await;
            jobs(&sender, 1);
        };
        let (batch, ()) = tokio::join!(lanes.next(), late);
        batch.expect("a batch").len()
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_waits_a_moment_for_who_comes_after_it_and_a_few_do_not() {
        assert_eq!(together(MANY).await, MANY + 1);
        assert_eq!(together(MANY - 1).await, MANY - 1);
    }
}
