//! How many connections a listener holds at once. Those over that wait to be accepted: whoever opens connections without
//! end must not take the file descriptors that the sessions, the database and the other listeners need.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Where the system does not say how many files a process may open.
const USUAL_LIMIT: usize = 1024;

/// A quarter of what the process may have open.
pub(in crate::serve) fn most() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    open_files(&limits).unwrap_or(USUAL_LIMIT).min(Semaphore::MAX_PERMITS) / 4
}

/// `Max open files   1024   4096   files`: the first number counts; `unlimited` is none.
fn open_files(limits: &str) -> Option<usize> {
    limits.lines().find_map(|line| line.strip_prefix("Max open files"))?.split_whitespace().next()?.parse().ok()
}

#[derive(Clone)]
pub(super) struct Places(Arc<Semaphore>);

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    /// Waits until there is one.
    pub(super) async fn free(&self) -> OwnedSemaphorePermit {
        if self.0.available_permits() == 0 {
            tracing::warn!("a listener has as many connections as it takes; further clients wait until one ends");
        }
        match self.0.clone().acquire_owned().await {
            Ok(place) => place,
            // Never closed.
            Err(_) => std::future::pending().await,
        }
    }
}

/// A connection in its place, which is free again when the connection is dropped: as a WebSocket it outlives the HTTP on
/// it.
pub(super) struct Placed {
    pub(super) stream: TcpStream,
    pub(super) _place: OwnedSemaphorePermit,
}

impl AsyncRead for Placed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_soft_one() {
        let limits = "Limit                     Soft Limit  Hard Limit  Units\nMax open files            1024        4096        files\n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(open_files("Max open files   unlimited   unlimited   files"), None);
        assert!(most() > 0);
    }
}
