//! Account health: what the network's complaints lead to.
//!
//! - `rules`: plain functions from complaint to health
//! - `record`: commits it with its event and the session's state, and lets it pass

mod record;
mod rules;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    record::observe,
    rules::{barred_for, pause_between},
};
