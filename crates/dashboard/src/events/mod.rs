//! The event log, as it grows.

mod item;
mod one;
mod page;

use axum::{Router, routing::get};
use switchboard_api::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/events", get(page::page))
        .route("/events/live", get(page::live))
        .route("/events/{position}", get(one::page))
}
