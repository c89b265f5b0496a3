//! What people show of themselves, what the account shows of itself and to whom, and whom it has blocked. The network
//! is asked each time: it alone knows.

mod blocks;
mod look;
mod own;
mod picture;
mod privacy;

use switchboard_model::{Jid, Party};

pub use self::{
    look::PersonProfile,
    own::{ChangeProfile, OwnProfile},
    privacy::Privacy,
};
use crate::Error;

/// A person, by either of its names.
fn person(field: &str, jid: &Jid) -> Result<Party, Error> {
    match jid {
        Jid::Phone(_) | Jid::Lid(_) => Ok(Party::from(jid.clone())),
        other => Err(Error::invalid(field, format!("{other} is not a person"))),
    }
}
