//! Sessions: all of them, and each by itself.
//!
//! - `list`: the table; `bulk` and `create` change it; `row` draws one line
//! - `detail`: the page of one; `top` is the part of it that is live
//! - `commands`, `pairing`, `key`, `send`: what can be asked of one

mod bulk;
mod commands;
mod create;
mod detail;
mod key;
pub(crate) mod list;
mod pairing;
mod row;
mod send;
mod top;

pub(crate) use detail::Tabs;

use axum::{
    Router,
    routing::{get, post},
};
use switchboard_api::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/sessions", post(create::submit))
        .route("/sessions/rows", get(list::rows))
        .route("/sessions/live", get(list::live))
        .route("/sessions/bulk", post(bulk::submit))
        .route("/sessions/{id}", get(detail::page).delete(commands::delete))
        .route("/sessions/{id}/live", get(top::live))
        .route("/sessions/{id}/connect", post(commands::connect))
        .route("/sessions/{id}/disconnect", post(commands::disconnect))
        .route("/sessions/{id}/take-back", post(commands::take_back))
        .route("/sessions/{id}/log-out", post(commands::log_out))
        .route("/sessions/{id}/name", post(commands::rename))
        .route("/sessions/{id}/code", post(pairing::code))
        .route("/sessions/{id}/key", post(key::submit))
        .route("/sessions/{id}/send", post(send::submit))
}
