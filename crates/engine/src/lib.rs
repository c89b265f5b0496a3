//! whatsapp-rust behind the gateway's [`Engine`](switchboard_core::engine::Engine).
//!
//! One client for each session that runs, built anew at every opening. What it stores, writes and reports passes
//! through here, where three rules hold: a write has returned only when it is committed; nothing is acknowledged to
//! the network before what it acknowledges is committed; and after the fence has closed nothing is touched.
//!
//! - `whatsapp`: builds clients; `link`: commands for one; `state` and `tasks`: what its parts share
//! - `backend/`: the client's storage on the gateway's store
//! - `hook`: messages in; `events`: everything else in; `orphans`: messages that only their sender still has; `foretold`: which may become such
//! - `calls`: calls in, and declining them
//! - `status`: posts, and the people who see them
//! - `chats` and `labels`: what the account's devices agree on
//! - `groups`, `group_news`, `presence`, `profile`: what their names say, both ways
//! - `newsletters`: running, following and reading them; `newsletter_posts`: posting
//! - `transport`: the socket, with barrier and fence; `http` and `media`: files
//! - `portable/`: the stored state as that of another client, and back
//! - `convert/`: the protocol's types and ours; `device`: how this client presents itself
//!
//! Known limit of the engine's version 0.7.0: linking accounts of hosted (coexistence) businesses fails with
//! `signature-mismatch`.

mod backend;
mod calls;
mod chats;
mod communities;
mod convert;
mod device;
mod events;
mod foretold;
mod group_news;
mod groups;
mod history;
mod hook;
mod http;
mod labels;
mod link;
mod media;
mod newsletter_posts;
mod newsletters;
mod options;
mod orphans;
mod polls;
mod portable;
mod presence;
mod profile;
mod state;
mod status;
mod tasks;
mod transport;
mod whatsapp;

pub use options::EngineOptions;
pub use whatsapp::WhatsappEngine;
