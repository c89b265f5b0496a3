//! The writer: one task that runs everybody's commands, many to a transaction, and answers them after COMMIT.
//!
//! While one batch commits the next gathers, so under load a commit is shared by all who wait. Bulk work has a lane of
//! its own and goes one command at a time, when the first lane is empty or has been served for a while.

mod batch;
mod job;
mod lanes;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

pub(crate) use batch::{Batcher, begin};
pub(crate) use job::{Job, job};
pub(crate) use lanes::{Lanes, Sender, lanes};

/// Serves until the lanes are closed and empty. Commands cannot panic outside the guard around them, but what they
/// captured is dropped out here and might.
pub(crate) async fn serve(mut lanes: Lanes, batcher: Batcher) {
    while let Some(batch) = lanes.next().await {
        if AssertUnwindSafe(batcher.run(batch)).catch_unwind().await.is_err() {
            tracing::error!("a batch of changes stopped with a programming error; the writer goes on");
            batcher.renew_connection().await;
        }
    }
}
