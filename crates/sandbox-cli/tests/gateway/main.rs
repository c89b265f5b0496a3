//! The whole gateway against the sandbox: the binary as a user starts it, driven over HTTP, killed and started again.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says what it counted"
)]
#![expect(clippy::disallowed_methods, reason = "the tests speak to what they started over HTTP of their own")]

mod anywhere;
mod backup;
mod books;
mod bus;
mod database;
mod faults;
#[expect(dead_code, reason = "other tests use the rest of it")]
mod gateway;
mod house;
mod kill;
mod mixed;
#[expect(dead_code, reason = "other tests use the rest of it")]
mod network;
mod quiet_log;
mod redis;
mod replicas;
mod rolling;
mod traffic;
