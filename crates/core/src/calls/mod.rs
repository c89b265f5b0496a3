//! Calls: logging them, rejecting those that are not wanted, and the contacts that may not call.
//!
//! - `record`: what the network tells of a call, with its event, in the recorder's transaction
//! - `rules`: what a call leads to, decided without asking anybody
//! - `guard`: carries that out for a call that was just logged
//! - `blocks`: contacts blocked and unblocked, by the rules, by hand and by the clock
//! - `network`: keeps the network's own block list in step, where the owner wants that
//! - `history` and `settings`: the use cases around them

mod blocks;
mod guard;
mod history;
mod network;
pub(crate) mod record;
mod rules;
mod settings;
#[cfg(test)]
mod tests;

pub use self::{
    blocks::{BlockContact, BlockedPage},
    history::{CallPage, CallQuery, CallStats, CallView, CallsOfCaller, CallsOfDay},
    settings::CallBlockingChange,
};
pub(crate) use self::{guard::guard, network::tell_network};

use std::time::Duration;

/// The limit counts the calls of so long.
const WINDOW: Duration = Duration::from_secs(24 * 3600);
