//! The event log, as it grows and as it was.
//!
//! - `page`: a page of it; `filter`: what one wants to see of it
//! - `item`: one event as a line; `summary` its gist, `group` that of a change in a group
//! - `one`: one event in full

mod filter;
mod group;
mod item;
mod one;
mod page;
mod summary;

use axum::{Router, routing::get};
use switchboard_api::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/events", get(page::page))
        .route("/events/live", get(page::live))
        .route("/events/{position}", get(one::page))
}
