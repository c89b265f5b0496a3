//! A simulated WhatsApp network that speaks the real wire protocol, for real clients that are told its URL.
//!
//! [`Network::start`] gives a network on a loopback address; its control API is at `/sandbox`, its wire at `/ws/chat`.
//!
//! ```text
//! wire/     carrier: WebSocket, connection header, Noise, frames, binary nodes
//!   │ stanzas
//! router/   one file for each family of stanzas: what the server answers and whom it tells
//!   │ changes
//! domain/   accounts, devices, keys, offline queues; pure and under one lock
//!   │ arrivals and effects
//! phone/    the phone of each account: real Signal sessions, no I/O
//!
//! control/  the API through which people and tests use the phones
//! faults    what shall go wrong next
//! storage   the data directory
//! ```
//!
//! Nothing here is for production: anybody who reaches the network can be anybody on it, so it listens on loopback only.

mod control;
pub mod domain;
pub mod faults;
mod network;
pub mod phone;
mod random;
mod router;
mod sealed_blob;
mod stanza;
mod storage;
pub mod wire;

pub use network::{Network, NetworkError, NetworkOptions};
pub use storage::StorageError;
