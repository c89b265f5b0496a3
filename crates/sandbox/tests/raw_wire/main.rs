//! The network as a client without any client library sees it: bytes on a socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;
mod client;
mod control;
mod control_api;
mod faults;
mod hostile;
mod media;
mod pairing;
mod persistence;
mod queue;
mod requests;
mod routing;
