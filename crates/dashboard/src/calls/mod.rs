//! A bot's settings about calls: what it does about those who call too often, whom it has blocked, who called.

mod block;
mod page;
mod settings;

use axum::{
    Router,
    routing::{delete, get, post},
};
use switchboard_api::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/sessions/{id}/calls", get(page::page))
        .route("/sessions/{id}/calls/live", get(page::live))
        .route("/sessions/{id}/calls/settings", post(settings::submit))
        .route("/sessions/{id}/blocked", post(block::block))
        .route("/sessions/{id}/blocked/{contact}", delete(block::unblock))
}
