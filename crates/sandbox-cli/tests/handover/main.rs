//! Handing a session to Baileys and taking it back: the example of `scripts/` against the binary, on a simulated network.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the tests speak to what they started over HTTP of their own")]

#[path = "../real_clients/baileys.rs"]
#[expect(dead_code, reason = "the other tests ask more of it")]
mod baileys;
#[path = "../real_clients/client.rs"]
#[expect(dead_code, reason = "the other tests ask more of it")]
mod client;
#[path = "../gateway/database.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod database;
#[path = "../real_clients/events.rs"]
#[expect(dead_code, reason = "the other tests wait for more")]
mod events;
mod example;
#[path = "../gateway/gateway.rs"]
#[expect(dead_code, reason = "the other tests kill it and repeat their requests")]
mod gateway;
mod house;
mod moving_in;
#[path = "../gateway/network.rs"]
#[expect(dead_code, reason = "the other tests look at more of it")]
mod network;
mod scenarios;
mod whatsmeow_store;
