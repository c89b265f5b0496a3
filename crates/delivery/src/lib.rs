//! Webhooks and sinks. Webhooks are delivered at least once, signed, in order for each session, and gentle with receivers in trouble.
//!
//! Deliveries are rows, made in the commit of their event; this crate brings them to their receivers. What is pending
//! is read from the store page by page, so a long backlog costs no memory, and a crash loses nothing: an attempt
//! that was not written down is made again, under the same id.
//!
//! - [`Worker`] runs it all; [`Settings`] says how fast and how patient; [`Encoders`] are handed in
//! - `attempt`: one delivery, from claim over prepare and call to settle, each step a type of its own
//! - `board`: who is next: fair between endpoints, in order within a lane; `lane`, `circuit` and `window` are its parts
//! - `feed` and `holder`: news from the event log, and the webhooks that this process holds
//! - [`Bus`]: what gateways on one database tell each other over Redis
//! - [`sinks`]: servers that get every event, each behind a cursor of its own
//! - `signature`, `schedule`, `retry_after`, `gauges`: what their names say

mod attempt;
mod board;
mod bus;
mod circuit;
mod encode;
mod feed;
mod gauges;
mod holder;
mod lane;
mod retry_after;
mod schedule;
mod settings;
mod signature;
pub mod sinks;
mod window;
mod worker;

pub use bus::Bus;
pub use encode::{Body, Encode, Encoders};
pub use schedule::Schedule;
pub use settings::{CircuitSettings, Settings};
pub use worker::Worker;
