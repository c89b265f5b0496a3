//! The tasks of one client. The engine spawns freely; here they are counted and can all be ended.

use std::{future::Future, pin::Pin, time::Duration};

use async_trait::async_trait;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wacore::runtime::{AbortHandle, Runtime};

type Task = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

#[derive(Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Ends every task at its next await.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
    }

    /// Waits until all have ended; false when some did not within `limit`.
    pub(crate) async fn ended(&self, limit: Duration) -> bool {
        self.tracker.close();
        tokio::time::timeout(limit, self.tracker.wait()).await.is_ok()
    }

    pub(crate) fn spawn_task(&self, task: impl Future<Output = ()> + Send + 'static) -> tokio::task::AbortHandle {
        self.tracker.spawn(self.stop.clone().run_until_cancelled_owned(task)).abort_handle()
    }
}

#[async_trait]
impl Runtime for Tasks {
    fn spawn(&self, task: Task) -> AbortHandle {
        let handle = self.spawn_task(task);
        AbortHandle::new(move || handle.abort())
    }

    fn spawn_detached(&self, task: Task) {
        self.spawn_task(task);
    }

    fn sleep(&self, duration: Duration) -> Task {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send + 'static>) -> Task {
        let work = self.tracker.spawn_blocking(work);
        Box::pin(async {
            // A panic inside is the engine's to notice, by the answer that does not come.
            let _ = work.await;
        })
    }

    fn yield_now(&self) -> Option<Task> {
        None
    }
}
