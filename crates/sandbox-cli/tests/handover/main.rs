//! Handing a session to Baileys and taking it back: the example of `scripts/` against the binary, on a simulated network.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the tests speak to what they started over HTTP of their own")]

mod example;
#[path = "../gateway/gateway.rs"]
#[expect(dead_code, reason = "the other tests kill it and repeat their requests")]
mod gateway;
mod house;
#[path = "../gateway/network.rs"]
#[expect(dead_code, reason = "the other tests look at more of it")]
mod network;
mod scenarios;
