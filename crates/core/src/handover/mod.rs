//! Handing a session to another program, which goes on as the same linked device, and taking it back.
//!
//! Two clients on one link would fork the ratchets and throw each other out, so a session has one holder at a time:
//! this gateway, or the credential that a hand-over was given to. The hand-over takes the session's connection lease
//! without end; whoever could connect asks that lease first, on every replica. Time alone never brings a session
//! back: its holder may be cut off and alive.
//!
//! - `claim` and `give`: taking it, and taking it again by the same holder
//! - `look_over`: what would come along
//! - `back`: the holder's return with the state, and taking back without it
//! - `bring_in`: sessions from elsewhere
//! - `token` and `validity`: the session token; `expiry`: what the clock does; `refusal`: who asked in
//!   vain

mod back;
mod bring_in;
mod claim;
mod expiry;
mod give;
mod look_over;
mod refusal;
#[cfg(test)]
mod tests;
mod token;
mod validity;

use secrecy::SecretString;
use serde_json::Value;
use switchboard_model::{SessionId, Timestamp};
use switchboard_store::handovers::HandoverRow;

use crate::{Caller, Error, caller::Scope};

pub use self::{
    back::LeaseRef,
    bring_in::{BringIn, Contents},
    validity::ExpiresIn,
};
pub use crate::engine::Form;
pub(crate) use {back::replace_state, token::AUDIENCE};

/// What the holder needs to go on.
#[derive(Debug)]
pub struct Handed {
    /// The client's auth state: `{creds, keys}`.
    pub state: Value,
    pub token: SecretString,
    pub lease: Lease,
    /// What does not come along, and what else the holder should know.
    pub warnings: Vec<String>,
}

/// A token, good until its lease ends.
#[derive(Debug)]
pub struct SessionToken {
    pub token: SecretString,
    pub expires_at: Timestamp,
}

/// The right to run the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub id: String,
    /// Rises with every change of hands.
    pub epoch: i64,
    pub expires_at: Timestamp,
}

/// A hand-over as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    pub lease: Lease,
    /// Such as `key:<id>` or `user:1`.
    pub holder: String,
    pub taken_at: Timestamp,
    pub renewed_at: Timestamp,
    pub expired: bool,
}

impl From<HandoverRow> for Handover {
    fn from(row: HandoverRow) -> Self {
        let HandoverRow { session: _, lease, epoch, holder, taken_at, renewed_at, expires_at, expired } = row;
        Self { lease: Lease { id: lease, epoch, expires_at }, holder, taken_at, renewed_at, expired }
    }
}

impl Caller {
    /// The credential that a hand-over belongs to. A session token stands for the one it was given to.
    fn holder(&self) -> String {
        match self {
            Self::SessionToken { holder, .. } => holder.clone(),
            other => other.actor(),
        }
    }

    fn holds(&self, row: &HandoverRow) -> bool {
        self.holder() == row.holder
    }

    /// The owner and administrators may end anybody's hand-over; another program may not.
    fn may_force(&self) -> bool {
        self.has(Scope::Sessions)
    }
}

/// The refusal that says who has the session.
pub(crate) fn held(row: &HandoverRow) -> Error {
    Error::LeaseHeld(format!(
        "session {} is handed over to {} since {}: it is to be given back, or taken back by its owner",
        row.session, row.holder, row.taken_at
    ))
}

fn ended(session: &SessionId) -> Error {
    Error::Conflict(format!("session {session} is not handed over under this lease: it has ended"))
}

/// Counts what is done with hand-overs and session tokens.
fn count(action: &'static str) {
    metrics::counter!("switchboard_handovers_total", "action" => action).increment(1);
}
