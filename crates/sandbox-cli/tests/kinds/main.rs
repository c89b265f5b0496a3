//! Every kind of message through the whole gateway: `/v1` on one side, a phone of the sandbox on the other.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "the tests speak to what they started over HTTP of their own")]

mod communities;
#[expect(dead_code, reason = "the trials by killing use the rest of it")]
#[path = "../gateway/gateway.rs"]
mod gateway;
mod health;
mod kinds;
mod media;
#[expect(dead_code, reason = "the trials by killing use the rest of it")]
#[path = "../gateway/network.rs"]
mod network;
mod newsletters;
mod profile;
