//! What the gateway relies on of its engine, tried with the real one on a simulated network.
//!
//! Each test has a network, a store and a session of its own. A commit happens when the test says so, which is how
//! the promises about order are tried.

mod bench;
mod faults;
mod linking;
mod promises;
mod running;
mod talking;
