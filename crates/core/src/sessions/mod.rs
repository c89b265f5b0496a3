//! Sessions: making them, connecting them, and keeping them as their owner wants.
//!
//! - `state`: which state follows which; `transition` commits a step with its event
//! - `commands`, `unlink` and `read`: the use cases
//! - `overview`: many sessions at once, each with what is known beyond its row; `census`: how many there are
//! - `keeper`: one task for each session that is to be connected; `tenure` is its lease and what is written under it,
//!   `run` one link of it, and `verdict` says what a report leads to
//! - `recorder` and `record`: commit what a running client reports; `pairing`: to whom it was linked
//! - `files` and `restore`: the sealed file of each linked session, and the way back from it; `folder` holds them
//! - `cleanup`: forgets what was never linked
//! - `settings`: what a session is called and what it keeps
//! - `supervisor`: starts keepers, reconciles with the database; `renewal` keeps the leases

mod backoff;
mod census;
mod cleanup;
mod commands;
mod files;
#[cfg(test)]
mod files_tests;
mod folder;
#[cfg(test)]
mod hang_up_tests;
mod keeper;
mod keepers;
mod live;
mod overview;
mod pairing;
#[cfg(test)]
mod pairing_tests;
mod read;
pub(crate) mod record;
mod recorder;
mod renewal;
mod restore;
mod run;
pub(crate) mod settings;
mod state;
mod supervisor;
mod tenure;
#[cfg(test)]
mod tenure_tests;
#[cfg(test)]
mod tests;
mod transition;
mod unlink;
mod verdict;

pub use self::{
    census::Census,
    commands::{CreateSession, Pair},
    live::PairingCode,
    overview::Overview,
    read::{SessionPage, SessionQuery, SessionView},
    settings::SessionChange,
    supervisor::Supervisor,
    unlink::LOGGED_OUT_AS_ASKED,
};
pub(crate) use {
    commands::{checked_name, may_make_sessions},
    folder::SessionFiles,
    keepers::Keepers,
    state::Step,
    transition::{forget_link, step},
};
