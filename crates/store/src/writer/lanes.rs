//! Two lanes of commands: everyday ones, and bulk work that yields to them.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Job;

/// The more share a commit, the more of them change the same pages. It is a bound, not an aim: nobody is waited for.
const BATCH: usize = 1024;
const QUEUE: usize = BATCH;
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
                    return if count > 0 { Some(batch) } else { self.bulk.recv().await.map(|job| vec![job]) };
                }
                Some(job) = self.bulk.recv() => {
                    self.passed = 0;
                    return Some(vec![job]);
                }
            }
        }
    }
}
