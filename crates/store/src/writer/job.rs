//! A command with its answer.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::{Mutex, PoisonError},
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::oneshot;

use crate::{StoreError, Tx};

/// A command in the writer's hands. It may run several times; only the last run counts.
pub(crate) trait Job: Send + Sync {
    /// Whether the command succeeded; a failed one must be rolled back.
    fn run<'a>(&'a self, tx: &'a mut Tx) -> BoxFuture<'a, Result<(), Failed>>;
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// Why a run does not count.
pub(crate) enum Failed {
    /// The command said no; its own error waits in the job.
    Refused,
    /// The database or a panic stopped it.
    Stopped(StoreError),
}

/// Makes a job of a command, with the end where its answer arrives.
pub(crate) fn job<T, E, F>(command: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Command { command, result: Mutex::new(None), reply }), answer)
}

struct Command<T, E, F> {
    command: F,
    result: Mutex<Option<Result<T, E>>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Command<T, E, F>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
{
    fn run<'a>(&'a self, tx: &'a mut Tx) -> BoxFuture<'a, Result<(), Failed>> {
        Box::pin(async move {
            let run = async { (self.command)(tx).await };
            let result = AssertUnwindSafe(run).catch_unwind().await;
            let result = result.map_err(|panic| Failed::Stopped(StoreError::Panicked(text_of(panic.as_ref()))))?;
            if let Some(error) = tx.take_failure() {
                // The command's own error is the better text, unless the batch can be tried again.
                if error.is_transient() || result.is_ok() {
                    return Err(Failed::Stopped(error));
                }
            }
            let ok = result.is_ok();
            *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            if ok { Ok(()) } else { Err(Failed::Refused) }
        })
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let result = self.result.into_inner().unwrap_or_else(PoisonError::into_inner);
        let answer = match outcome {
            Ok(()) => result.unwrap_or_else(|| Err(StoreError::Closed.into())),
            Err(error) => Err(error.into()),
        };
        // A caller that went away does not want its answer.
        drop(self.reply.send(answer));
    }
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no text").to_owned()
}
