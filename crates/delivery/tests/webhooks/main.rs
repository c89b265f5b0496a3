//! Webhooks delivered to a real HTTP server, and sinks fed on real ones, by real workers on a real store.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says what it counted"
)]
#![expect(clippy::disallowed_methods, reason = "the environment says how long a crash test runs")]

mod crash;
mod guard;
mod house;
mod order;
mod receiver;
mod replies;
mod signing;
mod sinks;
mod takeover;
