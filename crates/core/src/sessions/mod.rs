//! Sessions: making them, connecting them, and keeping them as their owner wants.
//!
//! - `state`: which state follows which; `transition` commits a step with its event
//! - `commands` and `read`: the use cases
//! - `overview`: many sessions at once, each with what is known beyond its row
//! - `keeper`: one task for each session that is to be connected; `verdict` says what a report leads to
//! - `recorder` and `record`: commit what a running client reports
//! - `files` and `restore`: the sealed file of each linked session, and the way back from it; `folder` holds them
//! - `cleanup`: forgets what was never linked
//! - `supervisor`: starts keepers, renews leases, reconciles with the database

mod backoff;
mod cleanup;
mod commands;
mod files;
#[cfg(test)]
mod files_tests;
mod folder;
mod keeper;
mod keepers;
mod live;
mod overview;
mod read;
pub(crate) mod record;
mod recorder;
mod restore;
mod state;
mod supervisor;
#[cfg(test)]
mod tests;
mod transition;
mod verdict;

pub use self::{
    commands::{CreateSession, Pair},
    live::PairingCode,
    overview::Overview,
    read::{SessionPage, SessionQuery, SessionView},
    supervisor::Supervisor,
};
pub(crate) use {commands::checked_name, folder::SessionFiles, keepers::Keepers, state::Step, transition::step};
