//! SIGINT and SIGTERM: the first asks the gateway to stop, the second hurries it.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Listens from the moment it is made, so that a signal during start-up is not lost.
#[derive(Clone, Debug)]
pub struct Signals {
    first: CancellationToken,
    second: CancellationToken,
}

impl Signals {
    pub fn listen() -> io::Result<Self> {
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let signals = Self { first: CancellationToken::new(), second: CancellationToken::new() };
        tokio::spawn(count(interrupt, terminate, signals.clone()));
        Ok(signals)
    }

    pub async fn first(&self) {
        self.first.cancelled().await;
    }

    pub async fn second(&self) {
        self.second.cancelled().await;
    }
}

async fn count(mut interrupt: Signal, mut terminate: Signal, signals: Signals) {
    for token in [signals.first, signals.second] {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        token.cancel();
    }
}
