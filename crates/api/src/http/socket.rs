//! What all WebSockets share.

use std::time::Duration;

use axum::extract::ws::{CloseCode, CloseFrame, Message, WebSocket};
use tokio::time::timeout;

/// Clients say next to nothing here.
pub(crate) const LONGEST_MESSAGE: usize = 16 * 1024;
/// One message has to be written within this time.
const WRITE_WITHIN: Duration = Duration::from_secs(15);

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
