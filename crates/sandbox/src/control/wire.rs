//! Where clients connect.

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;

use super::Net;
use super::error::Failed;
use crate::wire::serve;

/// Frames have at most 16 MiB, and a WebSocket message may carry more than one.
const LARGEST_MESSAGE: usize = 17 * 1024 * 1024;
/// An idle connection should cost little.
const BUFFER: usize = 4 * 1024;

pub(super) async fn accept(
    State(shared): Net,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failed> {
    let upgrade = upgrade.map_err(|e| Failed::with_status(e.status(), e.body_text()))?;
    let upgrade = upgrade
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE);
    Ok(upgrade.on_upgrade(move |socket| serve(socket, shared)))
}
