//! What the gateway relies on of its engine: `both` on the fake and on the real one, the rest on the real one alone, for
//! it is about what only a network or a database shows.
//!
//! Each test has a network, a store and a session of its own. A commit happens when the test says so, which is how
//! the promises about order are tried.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "the tests ask the simulated network over HTTP of their own")]

mod bench;
mod both;
mod chats;
mod communities;
mod fake_side;
mod faults;
mod groups;
mod linking;
mod newsletters;
mod presence;
mod promises;
mod real_side;
mod running;
mod side;
mod talking;
mod troubles;
