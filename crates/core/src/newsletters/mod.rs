//! Newsletters, which apps call channels: what a session's account runs, follows and reads. The network is asked each
//! time: it alone knows. Posts of its own are messages like others and go through the ledger.

mod follow;
mod posts;
mod read;
mod run;

use switchboard_model::Jid;

use crate::{Error, engine::EngineError};

pub use posts::PostPage;
pub use run::ChangeNewsletter;

/// One that the network does not know is said to be missing under its own name.
fn about(newsletter: &Jid) -> impl FnOnce(EngineError) -> Error + '_ {
    move |error| match error {
        EngineError::Missing(_) => Error::not_found("newsletter", newsletter.to_string()),
        other => other.into(),
    }
}
