//! Messages: accepting them into the ledger, following their fate, reading them back.

pub(crate) mod aftermath;
mod check;
mod ledger;
mod media;
mod pacing;
mod post;
mod read;
mod recent;
mod refused;
mod send;
mod send_and_wait;
#[cfg(test)]
mod send_tests;
mod sender;
mod target;
mod waiters;

pub use self::{
    media::{LARGEST_FILE, Source},
    pacing::Pacing,
    read::{MessagePage, MessageQuery, MessageView},
    send::{Accepted, SendMessage},
};
pub(crate) use self::{recent::Recent, refused::refused, send::Draft, sender::Sender, waiters::Waiters};
