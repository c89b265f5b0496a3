//! Use cases of several steps that must not stop between two of them.

use crate::Error;

/// Runs a use case to its end, whether somebody still waits for it or not: the request that asked for it is dropped when
/// its client hangs up, and what was committed by then must not stay half done. A panic within it is an error.
pub async fn to_the_end<T: Send + 'static>(
    use_case: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    tokio::spawn(use_case).await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::testing::hang_up;

    #[tokio::test]
    async fn it_goes_on_when_nobody_waits_any_more() {
        let (go, wait) = oneshot::channel::<()>();
        let (done, told) = oneshot::channel();
        hang_up(to_the_end(async move {
            wait.await.expect("told to go on");
            done.send("done").map_err(Error::internal)
        }))
        .await;
        go.send(()).expect("it still runs");
        assert_eq!(told.await, Ok("done"));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_to_whoever_waits() {
        let outcome = to_the_end::<()>(async { panic!("a defect") }).await;
        assert_eq!(outcome.map_err(|error| error.code()), Err("internal"));
    }
}
