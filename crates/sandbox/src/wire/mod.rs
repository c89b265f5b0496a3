//! The carrier: WebSocket, connection header, Noise handshake, frames and binary nodes.
//!
//! ```text
//! accept ─ intro ─ handshake ─ settle ─┬─ inbound:  frame → decrypt → decode → router
//!                                      └─ outbound: router → queue → encode → encrypt → frame
//! ```

mod codec;
mod connection;
mod dict2;
mod handshake;
mod inbound;
mod intro;
mod outbound;
mod server_keys;

pub use codec::{CodecError, Dictionary};
pub use intro::{Intro, IntroError};
pub use server_keys::ServerKeys;

pub(crate) use connection::serve;
pub(crate) use outbound::{Line, Outbound};
pub(crate) use server_keys::SavedKeys;
