//! What all WebSockets share.

use std::time::Duration;

use axum::extract::ws::{CloseCode, CloseFrame, Message, WebSocket};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

/// Clients say next to nothing here.
pub(crate) const LONGEST_MESSAGE: usize = 16 * 1024;
/// One message has to be written within this time.
const WRITE_WITHIN: Duration = Duration::from_secs(15);

/// So many signs of life may fail to come, one after the other.
const MISSED: u32 = 4;

/// Asks a client for a sign of life now and then, and notes when it gave the last.
pub(crate) struct Pulse {
    beats: Interval,
    heard: Instant,
}

impl Pulse {
    pub(crate) fn every(pause: Duration) -> Self {
        let now = Instant::now();
        let mut beats = interval_at(now + pause, pause);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { beats, heard: now }
    }

    /// The client said something, if only that it is there.
    pub(crate) fn heard(&mut self) {
        self.heard = Instant::now();
    }

    /// The next time to ask. Tells whether the client may still be there.
    pub(crate) async fn beat(&mut self) -> bool {
        self.beats.tick().await;
        self.heard.elapsed() <= self.beats.period() * MISSED
    }
}

/// A client that is there answers by itself.
pub(crate) fn ping() -> Message {
    Message::Ping(Vec::new().into())
}

/// Why a message did not go out.
pub(crate) enum Unwritten {
    Gone,
    /// The client takes nothing.
    TooSlow,
}

pub(crate) async fn write(socket: &mut WebSocket, message: Message) -> Result<(), Unwritten> {
    match timeout(WRITE_WITHIN, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Unwritten::Gone),
        Err(_) => Err(Unwritten::TooSlow),
    }
}

/// The last message; whoever is gone already need not hear it.
pub(crate) async fn close(socket: &mut WebSocket, code: CloseCode, reason: &str) {
    let frame = CloseFrame { code, reason: reason.into() };
    let _ = write(socket, Message::Close(Some(frame))).await;
}
