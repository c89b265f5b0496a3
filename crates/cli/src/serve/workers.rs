//! The gateway's long-running tasks, and how they end: all are asked, then waited for, then cut off.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Fatal;

/// A set of workers. None may end before it is asked to: the first that does fails the whole process.
pub struct Workers {
    tracker: TaskTracker,
    stop: Stop,
    report: mpsc::UnboundedSender<Fatal>,
    failures: mpsc::UnboundedReceiver<Fatal>,
}

/// What a worker watches.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Finish what is under way and end.
    pub soft: CancellationToken,
    /// End at once.
    pub hard: CancellationToken,
}

impl Default for Workers {
    fn default() -> Self {
        let (report, failures) = mpsc::unbounded_channel();
        Self { tracker: TaskTracker::new(), stop: Stop::default(), report, failures }
    }
}

impl Workers {
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Runs a worker until it ends by itself, which it should do soon after `stop.soft`.
    pub fn spawn<E: Display + Send + 'static>(
        &self,
        name: impl Into<String>,
        work: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let (name, stop, report) = (name.into(), self.stop.clone(), self.report.clone());
        let task = tokio::spawn(work);
        self.tracker.spawn(async move {
            let abort = task.abort_handle();
            let outcome = tokio::select! {
                ended = task => ended.map_err(|e| e.to_string()).and_then(|r| r.map_err(|e| e.to_string())),
                () = stop.hard.cancelled() => { abort.abort(); Ok(()) }
            };
            let early = !stop.soft.is_cancelled();
            let why = outcome.err().or_else(|| early.then(|| "it should go on until the gateway stops".to_owned()));
            if let Some(why) = why {
                // Nobody listens any more once the shutdown is over.
                let _ = report.send(Fatal::Worker { worker: name, why });
            }
        });
    }

    /// Waits until one fails.
    pub async fn failure(&mut self) -> Fatal {
        match self.failures.recv().await {
            Some(fatal) => fatal,
            None => std::future::pending().await,
        }
    }

    /// Asks all to end, waits, and cuts off who has not ended within `patience` or when `hurry` completes.
    pub async fn shut_down(mut self, patience: Duration, hurry: impl Future<Output = ()>) -> Result<(), Fatal> {
        self.tracker.close();
        self.stop.soft.cancel();
        let in_time = tokio::select! {
            () = self.tracker.wait() => true,
            () = tokio::time::sleep(patience) => false,
            () = hurry => false,
        };
        let stuck = self.tracker.len();
        self.stop.hard.cancel();
        self.tracker.wait().await;
        if !in_time && stuck > 0 {
            return Err(Fatal::Stuck(format!("{stuck} of the gateway's workers")));
        }
        self.failures.try_recv().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn never() -> impl Future<Output = ()> {
        std::future::pending()
    }

    #[tokio::test]
    async fn one_that_ends_early_is_a_failure() {
        let mut workers = Workers::default();
        workers.spawn("the sweeper", async { Err::<(), _>("out of brooms") });
        assert!(
            workers
                .failure()
                .await
                .to_string()
                .starts_with("the sweeper ended while the gateway was running (out of brooms)")
        );
    }

    #[tokio::test]
    async fn one_that_returns_or_panics_early_is_a_failure_too() {
        let mut workers = Workers::default();
        workers.spawn("quitter", async { Ok::<_, Infallible>(()) });
        assert!(workers.failure().await.to_string().contains("quitter"));
        workers.spawn("bomb", async {
            if true {
                panic!("boom")
            }
            Ok::<_, Infallible>(())
        });
        assert!(workers.failure().await.to_string().contains("bomb"));
    }

    #[tokio::test]
    async fn those_that_heed_the_request_end_softly() {
        let workers = Workers::default();
        let stop = workers.stop();
        workers.spawn("good", async move {
            stop.soft.cancelled().await;
            Ok::<_, Infallible>(())
        });
        assert!(workers.shut_down(Duration::from_secs(60), never()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_do_not_are_cut_off() {
        let workers = Workers::default();
        workers.spawn("deaf", async { std::future::pending::<Result<(), Infallible>>().await });
        assert!(matches!(workers.shut_down(Duration::from_secs(5), never()).await, Err(Fatal::Stuck(_))));
    }

    #[tokio::test]
    async fn a_second_request_hurries() {
        let workers = Workers::default();
        workers.spawn("deaf", async { std::future::pending::<Result<(), Infallible>>().await });
        assert!(workers.shut_down(Duration::from_secs(3600), async {}).await.is_err());
    }
}
