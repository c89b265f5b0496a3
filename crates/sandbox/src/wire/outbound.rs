//! From the router to the socket.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt as _;
use futures_util::stream::SplitSink;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use wacore_noise::NoiseCipher;
use wacore_noise::framing::encode_frame;

use super::Dictionary;
use crate::domain::Parcel;

/// Stanzas that may wait for a socket before its client counts as one that has stopped reading.
const QUEUE: usize = 16_384;
/// How long one write may take.
const STALL: Duration = Duration::from_secs(20);
const BATCH: usize = 64;

/// A parcel, and the state of the network it tells of.
pub(crate) struct Outbound {
    pub(crate) parcel: Parcel,
    /// Nothing leaves before the change it tells of is on disk.
    pub(crate) revision: u64,
    pub(crate) delay: Duration,
}

/// The network's end of a connection.
pub(crate) struct Line {
    queue: mpsc::Sender<Outbound>,
    cut: CancellationToken,
}

impl Line {
    pub(crate) fn new(cut: CancellationToken) -> (Self, mpsc::Receiver<Outbound>) {
        let (queue, receiver) = mpsc::channel(QUEUE);
        (Self { queue, cut }, receiver)
    }

    /// Never waits: whoever does not read fast enough is cut off.
    pub(crate) fn push(&self, outbound: Outbound) {
        if matches!(outbound.parcel, Parcel::Cut) || self.queue.try_send(outbound).is_err() {
            self.cut.cancel();
        }
    }
}

pub(super) struct Writer {
    pub(super) socket: SplitSink<WebSocket, Message>,
    pub(super) cipher: NoiseCipher,
    pub(super) dictionary: Dictionary,
    pub(super) durable: watch::Receiver<u64>,
    pub(super) sent: u32,
}

impl Writer {
    /// Runs until it is told to close, or why it cannot go on.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Outbound>) -> Result<(), String> {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.recv_many(&mut batch, BATCH).await > 0 {
            for outbound in batch.drain(..) {
                if matches!(outbound.parcel, Parcel::Close) {
                    return self.close(outbound.revision).await;
                }
                self.feed(outbound).await?;
            }
            within_stall(self.socket.flush()).await?;
            batch.shrink_to(BATCH);
        }
        Ok(())
    }

    async fn feed(&mut self, outbound: Outbound) -> Result<(), String> {
        let Parcel::Stanza(node) = outbound.parcel else { return Ok(()) };
        self.wait_until_durable(outbound.revision).await?;
        if !outbound.delay.is_zero() {
            within_stall(self.socket.flush()).await?;
            tokio::time::sleep(outbound.delay).await;
        }
        let mut frame = self.dictionary.encode(&node).map_err(|e| e.to_string())?;
        self.cipher.encrypt_in_place_with_counter(self.sent, &mut frame).map_err(|e| e.to_string())?;
        self.sent = self.sent.checked_add(1).ok_or("the frame counter is used up")?;
        let frame = encode_frame(&frame, None).map_err(|e| e.to_string())?;
        within_stall(self.socket.feed(Message::Binary(frame.into()))).await
    }

    async fn close(&mut self, revision: u64) -> Result<(), String> {
        self.wait_until_durable(revision).await?;
        within_stall(self.socket.close()).await
    }

    async fn wait_until_durable(&mut self, revision: u64) -> Result<(), String> {
        let waited = self.durable.wait_for(|written| *written >= revision).await;
        waited.map(|_| ()).map_err(|_| "the network is shutting down".to_owned())
    }
}

async fn within_stall(write: impl Future<Output = Result<(), axum::Error>>) -> Result<(), String> {
    match tokio::time::timeout(STALL, write).await {
        Ok(written) => written.map_err(|e| e.to_string()),
        Err(_) => Err("the client has stopped reading".into()),
    }
}

#[cfg(test)]
mod tests {
    use wacore_binary::builder::NodeBuilder;

    use super::*;

    #[test]
    fn a_line_that_nobody_empties_is_cut() {
        let cut = CancellationToken::new();
        let (line, _queue) = Line::new(cut.clone());
        let outbound = || Outbound {
            parcel: Parcel::Stanza(NodeBuilder::new("message").build()),
            revision: 0,
            delay: Duration::ZERO,
        };
        (0..QUEUE).for_each(|_| line.push(outbound()));
        assert!(!cut.is_cancelled());
        line.push(outbound());
        assert!(cut.is_cancelled());
    }
}
