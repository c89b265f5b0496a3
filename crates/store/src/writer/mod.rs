//! The writer: one task that runs everybody's commands, many to a transaction, and answers them after COMMIT.
//!
//! While one batch commits the next gathers, so under load a commit is shared by all who wait. Bulk work has a lane of
//! its own and goes one command at a time, when the first lane is empty or has been served for a while.

mod batch;
mod job;
mod lanes;

use std::{panic::AssertUnwindSafe, thread};

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use crate::StoreError;

pub(crate) use batch::Batcher;
pub(crate) use job::{Job, job};
pub(crate) use lanes::{Lanes, Sender, lanes};

/// Serves as a task, or in a thread of its own where statements keep their thread.
pub(crate) fn start(lanes: Lanes, batcher: Batcher, tasks: &TaskTracker) -> Result<(), StoreError> {
    if !batcher.writer.blocks() {
        tasks.spawn(serve(lanes, batcher));
        return Ok(());
    }
    let (running, runtime) = (tasks.token(), Handle::current());
    let serve = move || {
        runtime.block_on(serve(lanes, batcher));
        drop(running);
    };
    let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(serve);
    thread.map(drop).map_err(|error| StoreError::Database(format!("its writer gets no thread: {error}")))
}

/// Serves until the lanes are closed and empty. Commands cannot panic outside the guard around them, but what they
/// captured is dropped out here and might.
async fn serve(mut lanes: Lanes, batcher: Batcher) {
    while let Some(batch) = lanes.next().await {
        if AssertUnwindSafe(batcher.run(batch)).catch_unwind().await.is_err() {
            tracing::error!("a batch of changes stopped with a programming error; the writer goes on");
            batcher.writer.renew().await;
        }
    }
    batcher.writer.close().await;
}
