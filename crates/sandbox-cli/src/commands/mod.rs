//! One file for each subcommand.

pub(crate) mod both;
pub(crate) mod network;
pub(crate) mod serve;

use std::io::Write as _;

/// The one line that tells scripts to begin.
fn ready() {
    let _ = writeln!(std::io::stdout(), "ready");
}

/// A line for people, on standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
