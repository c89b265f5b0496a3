//! What the gateway relies on of its engine, tried with the real one on a simulated network.
//!
//! Each test has a network, a store and a session of its own. A commit happens when the test says so, which is how
//! the promises about order are tried.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "the tests ask the simulated network over HTTP of their own")]

mod bench;
mod faults;
mod groups;
mod linking;
mod presence;
mod promises;
mod running;
mod talking;
