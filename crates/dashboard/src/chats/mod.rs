//! Conversations of a session: all of them, and each by itself.
//!
//! - `list`: all conversations; `thread`: one, with what was said before and what is being said
//! - `bubble`: one message, `carried`: what it carries, `media`: its file
//! - `write`, `file`: what somebody says, does to a message, or sends along

mod bubble;
mod carried;
mod file;
mod list;
mod media;
mod thread;
mod write;

use axum::{
    Router,
    routing::{get, post},
};
use switchboard_api::{Api, http::Failure};
use switchboard_core::Error;
use switchboard_model::Jid;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/sessions/{id}/chats", get(list::page))
        .route("/sessions/{id}/chats/live", get(list::live))
        .route("/sessions/{id}/chats/{jid}", get(thread::page).post(write::text))
        .route("/sessions/{id}/chats/{jid}/older", get(thread::older))
        .route("/sessions/{id}/chats/{jid}/live", get(thread::live))
        .route("/sessions/{id}/chats/{jid}/files", post(file::send))
        .route("/sessions/{id}/chats/{jid}/reactions", post(write::reaction))
        .route("/sessions/{id}/chats/{jid}/deletions", post(write::deletion))
        .route("/sessions/{id}/chats/{jid}/read", post(write::read))
        .route("/sessions/{id}/messages/{message}/media", get(media::shown))
        .route("/sessions/{id}/messages/{message}/file", get(media::saved))
}

/// The session and the conversation, as they stand in the address.
type Place = (String, String);

fn chat((_, jid): &Place) -> Result<Jid, Failure> {
    jid.parse().map_err(|_| Error::not_found("chat", jid.chars().take(64).collect::<String>()).into())
}
