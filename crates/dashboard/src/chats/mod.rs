//! Conversations of a session: all of them, and each by itself.

mod bubble;
mod list;
mod thread;

use axum::{Router, routing::get};
use switchboard_api::Api;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/sessions/{id}/chats", get(list::page))
        .route("/sessions/{id}/chats/{jid}", get(thread::page).post(thread::send))
        .route("/sessions/{id}/chats/{jid}/live", get(thread::live))
}
